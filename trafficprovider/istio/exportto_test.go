package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	networkingv1beta1 "istio.io/api/type/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// Istio merges two rules of one host only where both say the same exportTo.
func TestARuleSaysTheExportToOfAnotherOfTheHost(t *testing.T) {
	everybody := []string{"*"}
	for name, tc := range map[string]struct {
		edit func(*networkingv1.DestinationRule)
		want []string
	}{
		"that says none":      {func(*networkingv1.DestinationRule) {}, nil},
		"by its full name":    {func(r *networkingv1.DestinationRule) { r.Spec.Host = "front.shop.svc.cluster.local" }, nil},
		"that says everybody": {func(r *networkingv1.DestinationRule) { r.Spec.ExportTo = everybody }, everybody},
		"that is private":     {func(r *networkingv1.DestinationRule) { r.Spec.ExportTo = []string{"."} }, everybody},
		"for some clients":    {func(r *networkingv1.DestinationRule) { r.Spec.WorkloadSelector = &networkingv1beta1.WorkloadSelector{} }, everybody},
		"of another namespace": {func(r *networkingv1.DestinationRule) {
			r.Namespace, r.Spec.Host = "other", "front.shop.svc.cluster.local"
		}, everybody},
		"of a wider host": {func(r *networkingv1.DestinationRule) { r.Spec.Host = "*.local" }, everybody},
	} {
		t.Run(name, func(t *testing.T) {
			other := &networkingv1.DestinationRule{}
			other.Namespace, other.Name, other.Spec.Host = "shop", "users", "front"
			tc.edit(other)
			l := &live{service: types.NamespacedName{Namespace: "shop", Name: "front"}, foreign: foreignObjects{rules: []*networkingv1.DestinationRule{other}}}
			assert.Equal(t, tc.want, l.exportTo())
		})
	}
	assert.Equal(t, everybody, (&live{}).exportTo())
}

func TestToWhomAServiceIsShown(t *testing.T) {
	for to, want := range map[string][]string{
		".":            {"shop"},
		"~":            nil,
		"edge, .,shop": {"edge", "shop"},
		"edge,~":       nil, // hidden from all, whoever is named beside
		" ":            nil,
	} {
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Annotations: map[string]string{annotationExportTo: to}}}
		got := (&Provider{}).ReadService(s, nil)
		assert.Equal(t, &lane.Export{Setting: "annotation networking.istio.io/exportTo: " + to, Namespaces: want}, got.Export, to)
		assert.Empty(t, got.Notes)
	}
	for _, to := range []string{"", "*", "a, *", "~,*"} {
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Annotations: map[string]string{annotationExportTo: to}}}
		assert.Nil(t, (&Provider{}).ReadService(s, nil).Export, to)
	}
}
