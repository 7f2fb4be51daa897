package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// There is a sample of each distinct patch, made as what is written is made.
func TestSamplesOfPatches(t *testing.T) {
	mocka, mockb, mockc := types.NamespacedName{Namespace: "shop", Name: "mocka"}, types.NamespacedName{Namespace: "shop", Name: "mockb"}, types.NamespacedName{Namespace: "shop", Name: "mockc"}
	traffic, route := []byte(`{"connectionPool": {"tcp": {"maxConnections": 9}}}`), []byte(`{"timeout": "3s"}`)
	group := lane.Group{Name: "rollout", Tag: lane.Tag{RouteHeader: "x-lane"}, Services: []types.NamespacedName{mocka, mockb, mockc},
		DefaultPolicy: lane.Policy{Traffic: traffic},
		Policies: map[types.NamespacedName]lane.Policy{
			mockb: {Traffic: traffic, Route: route},
			mockc: {Route: []byte(`{"no such field": 1}`)},
		}}
	var got []string
	for _, s := range (&Provider{}).Samples(group) {
		got = append(got, s.Patch)
		assert.Empty(t, s.Object.GetName())
		assert.Equal(t, sampleName, s.Object.GetGenerateName())
		assert.Equal(t, "shop", s.Object.GetNamespace())
		switch o := s.Object.(type) {
		case *networkingv1.DestinationRule:
			assert.Len(t, o.Spec.Subsets, 2)
			assert.Equal(t, int32(9), o.Spec.TrafficPolicy.ConnectionPool.Tcp.MaxConnections)
		case *networkingv1.VirtualService:
			for _, r := range o.Spec.Http {
				assert.Equal(t, int64(3), r.Timeout.Seconds)
			}
		}
	}
	assert.Equal(t, []string{"trafficPolicyPatch of service shop/mocka", "httpRoutePatch of service shop/mockb"}, got)
	assert.Empty(t, (&Provider{}).Samples(lane.Group{Services: []types.NamespacedName{mocka}}))
}
