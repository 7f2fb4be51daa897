package istio

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// What lane says of the size of an entry is what its object has, or more; and what it lets
// through etcd takes.
func TestNoEntryIsLargerThanEtcdTakes(t *testing.T) {
	for _, trace := range []string{"", "baggage"} {
		for _, lanes := range []int{1, 2, 3, 8} {
			g, plans := manyRules(t, trace, lanes)
			plan := lane.ComputeIngress(lane.IngressSnapshot{Group: g, Plans: plans})
			vs, err := (&Provider{}).IngressSample(plan)
			require.NoError(t, err)
			data, err := json.Marshal(vs)
			require.NoError(t, err)
			assert.Less(t, len(data), 1_400_000, "%d lanes, %s", lanes, trace)
			if trace == "" && lanes == 2 {
				assert.Empty(t, plan.LeftOut, "%d bytes", len(data))
				assert.Greater(t, len(data), 600_000)
			}
			assert.Equal(t, g.TooLarge() == nil, len(plan.LeftOut) == 0, "%d lanes, %s", lanes, trace)
			for _, o := range plan.LeftOut {
				assert.NotEqual(t, "base", o.Lane)
				assert.Contains(t, o.String(), "would be larger than the 1.5 MB that Kubernetes takes")
			}
			if lanes == 8 {
				assert.NotEmpty(t, plan.LeftOut)
			}
		}
	}
}

// manyRules are a group's lanes with as many rules of as many hosts as the schema takes.
func manyRules(t *testing.T, trace string, lanes int) (lane.Group, []lane.Plan) {
	group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	group.Spec.IsPermissive = true
	group.Spec.PermissiveModeConfiguration = apiv1.PermissiveModeConfiguration{FallbackTarget: "base", RouteHeader: "x-asm-prefer-tag", TraceHeader: trace}
	group.Spec.Services = []apiv1.ServiceReference{{Namespace: "default", Name: "mocka"}}
	group.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: "edge", Name: "gw"}
	var all []apiv1.ASMSwimLane
	plan := lane.Plan{Service: types.NamespacedName{Namespace: "default", Name: "mocka"}, State: lane.StateManaged, Ports: []int32{8000}, Baseline: lane.Member{Lane: "base"}}
	for n := range lanes {
		name := fmt.Sprintf("canary%d", n)
		if n == 0 {
			name = "base"
		} else {
			plan.Gray = append(plan.Gray, lane.Member{Lane: name})
		}
		l := apiv1.ASMSwimLane{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{apiv1.LabelSwimLaneGroup: "shop"}}}
		l.Spec.LabelSelector = map[string]string{"tag": name}
		for r := range 32 {
			rule := apiv1.IngressRule{Name: fmt.Sprintf("rule-%d", r), Online: true}
			rule.Match.URI.Prefix = fmt.Sprintf("/api/v1/resource%d", r)
			rule.Match.Headers = map[string]apiv1.StringMatch{"x-asm-prefer-tag": {Exact: name}}
			rule.Route.Destination = apiv1.Destination{Host: "mocka.default", PortNum: 8000}
			for h := range 32 {
				rule.Hosts = append(rule.Hosts, fmt.Sprintf("shop%d.region%d.example.com", h, n))
			}
			l.Spec.IngressRules = append(l.Spec.IngressRules, rule)
		}
		all = append(all, l)
	}
	g, problem := lane.NewGroup(group, all)
	require.Nil(t, problem)
	return g, []lane.Plan{plan}
}
