package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// Requests without an id of their own get one, and those with one keep it.
func TestWhichRequestsGetATraceID(t *testing.T) {
	routes := func(by lane.Tag, headers map[string]lane.Match) (out [][]string) {
		plan := lane.IngressPlan{Group: "g", Baseline: "base", Tag: by, Gateway: types.NamespacedName{Namespace: "edge", Name: "gw"}}
		r := resolvedRoute{subsets: []string{"base"}, IngressRoute: lane.IngressRoute{Name: "base/r", Lane: "base", Baseline: "base",
			RequestMatch: lane.RequestMatch{Hosts: []string{"*"}, Headers: headers}, Destinations: []lane.Destination{{Lane: "base", Tag: "base", InLane: true}}}}
		vs, err := ingressRoutes(plan, []resolvedRoute{r}, types.NamespacedName{}, nil)
		require.NoError(t, err)
		for _, r := range vs.Spec.Http {
			asks := ""
			if len(r.Match) > 0 {
				asks = r.Match[0].Headers["my-request-id"].GetRegex()
			}
			assert.Equal(t, "base", r.Headers.Request.Set["x-lane"])
			out = append(out, []string{r.Name, asks, r.Headers.Request.Set["my-request-id"]})
		}
		return out
	}
	by := lane.Tag{RouteHeader: "x-lane", Trace: "my-request-id"}
	assert.Equal(t, [][]string{{"base/r/traced", ".+", ""}, {"base/r", "", "%REQ(x-request-id)%"}}, routes(by, nil))
	assert.Equal(t, [][]string{{"base/r", "7", ""}}, routes(by, map[string]lane.Match{"my-request-id": {Kind: lane.MatchRegex, Value: "7"}}), "it has one")
	by.Trace = "x-request-id"
	assert.Equal(t, [][]string{{"base/r", "", ""}}, routes(by, nil), "Envoy gives it")
}
