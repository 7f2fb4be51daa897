package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// An object that takes a name of ours wakes whom the name is for, whatever its
// hosts: when it goes, ours can come.
func TestObjectsWithANameOfOursWakeWhomItIsFor(t *testing.T) {
	in := func(name string) types.NamespacedName { return types.NamespacedName{Namespace: "shop", Name: name} }
	for name, want := range map[string][]types.NamespacedName{
		ruleName("rollout", in("cart")).Name:    {in("cart")},
		routesName("rollout", in("cart")).Name:  {in("cart")},
		routesName("a-shop-b", in("cart")).Name: {in("b-shop-cart"), in("cart")},
		ruleName("g", in("shop-cart")).Name:     {in("shop-cart"), in("cart")},
		"trafficlabel-dr-rollout-default-mockb": nil,
		"trafficlabel-dr-":                      nil,
		"cart":                                  nil,
	} {
		rule := &networkingv1.DestinationRule{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
		rule.Spec.Host = "elsewhere.example.com"
		assert.Subset(t, impactOf(rule).Services, want, name)
		assert.Equal(t, want, servicesNamed(nameOf(rule)), name)
	}
	ingress := &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: "edge", Name: ingressName("rollout", "edge").Name}}
	assert.Equal(t, []string{"rollout"}, impactOf(ingress).Groups)
}

// Whoever counts a group's objects must not count what somebody made of them.
func TestACopyOfAnObjectIsNobodys(t *testing.T) {
	cart := types.NamespacedName{Namespace: "shop", Name: "cart"}
	name, routes := ruleName("rollout", cart), routesName("rollout", cart)
	for _, object := range []client.Object{
		&networkingv1.DestinationRule{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name, Labels: serviceLabels("rollout", cart)}},
		&networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: routes.Namespace, Name: routes.Name, Labels: serviceLabels("rollout", cart)}},
	} {
		_, ok := New(0).OwnerOf(object)
		assert.True(t, ok)
		object.SetName("copy")
		_, ok = New(0).OwnerOf(object)
		assert.False(t, ok)
	}
	elsewhere := &networkingv1.DestinationRule{ObjectMeta: metav1.ObjectMeta{Namespace: "shop-2", Name: name.Name, Labels: serviceLabels("rollout", cart)}}
	_, ok := New(0).OwnerOf(elsewhere)
	assert.False(t, ok)
}
