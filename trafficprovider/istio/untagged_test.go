package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// While the baseline moves everybody's routes take the tag off, whatever a patch takes off, and
// what is in force of a patch does not include it.
func TestTheTagIsTakenOffBesideWhatAPatchTakesOff(t *testing.T) {
	service := types.NamespacedName{Namespace: "default", Name: "mocka"}
	for patch, want := range map[string][]string{
		``:                  {"x-lane"},
		`{"timeout": "5s"}`: {"x-lane"},
		`{"headers": {"request": {"remove": ["x-note"]}}}`:   {"x-note", "x-lane"},
		`{"headers": {"request": {"set": {"x-note": "a"}}}}`: {"x-lane"},
	} {
		base := &networkingapi.HTTPRoute{Name: "base/all", Headers: stampTag(lane.Tag{RouteHeader: "x-lane"}, "", entryWay{})}
		merged, err := mergeRoute(lane.Policy{Route: []byte(patch)}, service, []string{"x-lane"}, base)
		require.NoError(t, err, patch)
		assert.Equal(t, want, merged.Headers.Request.Remove, patch)
		inForce, err := mergeRoute(lane.Policy{Route: routeInForce(merged, []string{"x-lane"})}, service, []string{"x-lane"}, &networkingapi.HTTPRoute{Name: "base/all", Headers: stampTag(lane.Tag{RouteHeader: "x-lane"}, "base", entryWay{})})
		require.NoError(t, err, "%s: it was in force without anybody's tag", patch)
		assert.Equal(t, "base", inForce.Headers.Request.Set["x-lane"], patch)
		assert.NotContains(t, inForce.Headers.Request.Remove, "x-lane", patch)
	}
	_, err := mergeRoute(lane.Policy{Route: []byte(`{"headers": {"request": {"set": {"X-Lane": "gray"}}}}`)}, service, []string{"x-lane"},
		&networkingapi.HTTPRoute{Headers: stampTag(lane.Tag{RouteHeader: "x-lane"}, "", entryWay{})})
	require.ErrorContains(t, err, "the header x-lane")
}

// An entry of an earlier version does not say whose rules everybody's are, and nobody may say
// otherwise by hand.
func TestTheEntryIsToldWhoseRulesEverybodysAre(t *testing.T) {
	is := &networkingv1.VirtualService{}
	is.Annotations = map[string]string{apiv1.AnnotationBaseline: "base", "somebody.example.com/note": "a"}
	for baseline, want := range map[string]bool{"base": true, "prod": false, "": false} {
		other := is.DeepCopy()
		other.Annotations = map[string]string{apiv1.AnnotationBaseline: baseline}
		if baseline == "" {
			other.Annotations = nil
		}
		assert.Equal(t, want, same(other, is), baseline)
	}
}
