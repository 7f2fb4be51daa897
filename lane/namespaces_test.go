package lane

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	apiv1 "lanekeeper.io/api/v1"
)

func TestAGroupSaysWhereItsObjectsAre(t *testing.T) {
	group := func(gateway string, services ...string) *apiv1.ASMSwimLaneGroup {
		g := &apiv1.ASMSwimLaneGroup{}
		if gateway != "" {
			g.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: gateway, Name: "gw"}
		}
		for i, namespace := range services {
			g.Spec.Services = append(g.Spec.Services, apiv1.ServiceReference{Namespace: namespace, Name: fmt.Sprintf("s%d", i)})
		}
		return g
	}
	after := func(g *apiv1.ASMSwimLaneGroup, earlier ...*apiv1.ASMSwimLaneGroup) *apiv1.ASMSwimLaneGroup {
		for _, e := range earlier {
			g.Annotations, e.Annotations = e.Annotations, g.Annotations
			NamespacesOf(g).Record(g)
		}
		return g
	}
	recorded := func(g *apiv1.ASMSwimLaneGroup) *apiv1.ASMSwimLaneGroup {
		NamespacesOf(g).Record(g)
		return g
	}
	byHand := group("edge", "b")
	byHand.Annotations = map[string]string{apiv1.AnnotationEntryNamespaces: " , old,,edge", apiv1.AnnotationServiceNamespaces: "*"}
	for name, tc := range map[string]struct {
		group             *apiv1.ASMSwimLaneGroup
		services, ingress []string
	}{
		"its spec":                     {group("edge", "b", "a", "b"), []string{"a", "b"}, []string{"edge"}},
		"without a Gateway":            {group("", "a"), []string{"a"}, nil},
		"without anything":             {group(""), nil, nil},
		"the Gateway moved":            {after(group("new", "a"), recorded(group("old", "a"))), []string{"a"}, []string{"new", "old"}},
		"the Gateway moved and back":   {after(group("old", "a"), recorded(group("old", "a"))), []string{"a"}, []string{"old"}},
		"the Gateway went":             {after(group("", "a"), recorded(group("old", "a"))), []string{"a"}, []string{"old"}},
		"a Service went":               {after(group("edge", "a"), recorded(group("edge", "a", "b"))), []string{"a", "b"}, []string{"edge"}},
		"all Services went":            {after(group("edge"), recorded(group("edge", "a"))), []string{"a"}, []string{"edge"}},
		"somebody wrote what he liked": {byHand, []string{"*", "b"}, []string{"edge", "old"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := NamespacesOf(tc.group)
			assert.Equal(t, append([]string{}, tc.services...), n.Services)
			assert.Equal(t, append([]string{}, tc.ingress...), n.Ingress)
			n.Record(tc.group)
			assert.Equal(t, n, NamespacesOf(tc.group))
			assert.False(t, n.Record(tc.group), "it is written once")
			assert.False(t, n.OfIngress("tenant"))
			assert.False(t, n.OfService("tenant"))
			for _, namespace := range tc.ingress {
				assert.True(t, n.OfIngress(namespace))
			}
			for _, namespace := range tc.services {
				assert.True(t, n.OfService(namespace))
			}
		})
	}
	assert.True(t, Namespaces{Anywhere: true}.OfIngress("x"))
	assert.True(t, Namespaces{Anywhere: true}.OfService("x"))
}

// An annotation that the API server refuses would keep the group from its finalizer.
func TestARecordIsNeverTooLong(t *testing.T) {
	group := &apiv1.ASMSwimLaneGroup{}
	group.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: "edge", Name: "gw"}
	for i := range 5000 {
		group.Spec.Services = append(group.Spec.Services, apiv1.ServiceReference{Namespace: fmt.Sprintf("%063d", i), Name: "s"})
	}
	NamespacesOf(group).Record(group)
	assert.Equal(t, map[string]string{apiv1.AnnotationEntryNamespaces: "edge"}, group.Annotations)

	group.Annotations = map[string]string{"somebody's": strings.Repeat("x", 256<<10-20)}
	assert.False(t, NamespacesOf(group).Record(group), "all of them together are too long")
}
