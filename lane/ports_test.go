package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

func TestPortOfARule(t *testing.T) {
	for name, tc := range map[string]struct {
		says  int32
		ports []int32
		live  int32
		want  int32
		err   string
	}{
		"the only one":                        {0, []int32{8000}, 0, 8000, ""},
		"the one that the rule says":          {9000, []int32{8000, 9000}, 0, 9000, ""},
		"a second one does not change a rule": {0, []int32{9000, 8000}, 8000, 8000, ""},
		"the rule's word beats the route's":   {9000, []int32{8000, 9000}, 8000, 9000, ""},
		"the only one has another number now": {0, []int32{9000}, 8000, 9000, ""},
		"a new rule has to say it":            {0, []int32{9000, 8000}, 0, 0, "which has ports 8000, 9000, and says none of them: set destination.portNum"},
		"the route's is gone":                 {0, []int32{9000, 9001}, 8000, 0, "says none of them"},
		"none of that number":                 {80, []int32{8000}, 0, 0, "it goes to port 80 of Service default/mockb, which has port 8000: correct destination.portNum"},
		"gone, though a route goes there":     {80, []int32{8000}, 80, 0, "which has port 8000"},
		"of a Service that is not known":      {80, nil, 0, 80, ""},
	} {
		t.Run(name, func(t *testing.T) {
			port, problem := portOf(IngressRule{Service: mockb, Port: tc.says}, tc.ports, tc.live)
			assert.Equal(t, tc.want, port)
			if tc.err == "" {
				require.Nil(t, problem)
				return
			}
			require.NotNil(t, problem)
			assert.Contains(t, problem.Message, tc.err)
		})
	}
}

// A port without connections is none that a rule has to choose from.
func TestARuleOfAServiceWithAPortForDatagrams(t *testing.T) {
	s := snapshot(chain("canary"), basePod("base-0"))
	s.Service.Ports = []Port{{Number: 8000}, {Number: 8000, Opaque: "UDP", Outside: true}, {Number: 53, Opaque: "UDP", Outside: true}}
	port, problem := portOf(IngressRule{Service: mockb}, Compute(s).Ports, 0)
	require.Nil(t, problem)
	assert.Equal(t, int32(8000), port)

	s.Service.Ports = []Port{{Number: 53, Opaque: "UDP", Outside: true}}
	_, problem = portOf(IngressRule{Service: mockb, Port: 4711}, Compute(s).Ports, 0)
	require.NotNil(t, problem)
	assert.Equal(t, apiv1.ReasonPortNotFound, problem.Reason)
	assert.Contains(t, problem.Message, "which has no port that requests can go to")
}

// A rule of which no route can be made stops nothing else.
func TestIngressLeavesABadRuleOut(t *testing.T) {
	g := withIngress(chain("canary", "s2"))
	g.Lanes[1].Rules[0].Port = 80
	plan := planOf("canary", "s2")
	plan.Ports = []int32{8000}
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{plan}})
	require.Equal(t, StateManaged, p.State)
	assert.Nil(t, p.Problem)
	assert.Equal(t, []string{"base", "s2"}, p.Lanes())
	require.Len(t, p.LeftOut, 1)
	assert.Equal(t, apiv1.ReasonPortNotFound, p.LeftOut[0].Reason)
	assert.Equal(t, "ingress rule canary of lane canary is left out: it goes to port 80 of Service default/mockb, which has port 8000: correct destination.portNum", p.LeftOut[0].String())
	for _, r := range p.Routes {
		assert.Equal(t, int32(8000), r.Port, "a route says its port, or a second one would change it")
	}
}

// Where no rule is left what is live stays.
func TestIngressWithBadRulesOnly(t *testing.T) {
	g := withIngress(chain("canary"))
	for i := range g.Lanes {
		g.Lanes[i].Rules[0].Problem = &Problem{apiv1.ReasonInvalid, "its match.uri is bad"}
	}
	for takenOver, want := range map[bool]State{false: StatePending, true: StateFrozen} {
		p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf()}, TakenOver: takenOver})
		assert.Equal(t, want, p.State)
		require.NotNil(t, p.Problem)
		assert.Contains(t, p.Problem.Message, "rule base of lane base is left out: its match.uri is bad")
	}
}

// A baseline without a rule leaves requests to nobody.
func TestWhatNobodysRuleAsksFor(t *testing.T) {
	g := withIngress(chain("canary"))
	assert.Nil(t, ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}}).Rest())
	g.Lanes[0].Rules = nil
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}})
	require.NotNil(t, p.Rest())
	assert.Contains(t, p.Rest().Message, "lane base, the baseline, has no rule that is online")
	g.Lanes[1].Rules = nil
	assert.Nil(t, ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}}).Rest(), "nobody enters")
	assert.Nil(t, ComputeIngress(IngressSnapshot{Group: byWeight("canary"), Plans: []Plan{planOf("canary")}}).Rest())
}

// Live routes keep the meaning of a rule that says no port.
func TestIngressKeepsThePortOfItsRoutes(t *testing.T) {
	plan := planOf("canary")
	plan.Ports = []int32{9000, 8000}
	p := ComputeIngress(IngressSnapshot{Group: withIngress(chain("canary")), Plans: []Plan{plan}, TakenOver: true,
		Live: map[string]LiveRoute{"base/base": {Service: mockb, Port: 8000}, "canary/canary": {Service: mockb, Port: 8000}}})
	require.Equal(t, StateManaged, p.State)
	assert.Empty(t, p.LeftOut)
	for _, r := range p.Routes {
		assert.Equal(t, int32(8000), r.Port, r.Name)
	}
}

// The number of another Service's port says nothing of the Service that the rule names now.
func TestTheRouteOfAnotherServiceSaysNoPort(t *testing.T) {
	plan := planOf("canary")
	plan.Ports = []int32{9000, 8000}
	elsewhere := LiveRoute{Service: types.NamespacedName{Namespace: "default", Name: "other"}, Port: 8000}
	p := ComputeIngress(IngressSnapshot{Group: withIngress(chain("canary")), Plans: []Plan{plan}, TakenOver: true,
		Live: map[string]LiveRoute{"base/base": {Service: mockb, Port: 8000}, "canary/canary": elsewhere}})
	require.Equal(t, StateManaged, p.State)
	assert.Equal(t, []string{"base"}, p.Lanes())
	require.Len(t, p.LeftOut, 1)
	assert.Contains(t, p.LeftOut[0].String(), "which has ports 8000, 9000, and says none of them: set destination.portNum")
}

// A Service whose ports the mesh does not read as HTTP is in no lane, and says so.
func TestAServiceWithoutAnHTTPPortIsInNoLane(t *testing.T) {
	pods := []Pod{basePod("base-0"), grayPod("canary-0", "canary")}
	for name, tc := range map[string]struct {
		ports []Port
		gray  int
		note  string
	}{
		"HTTP":     {[]Port{{Number: 8000}}, 1, ""},
		"not HTTP": {[]Port{{Number: 8000, Opaque: "name tcp-web"}}, 0, "the Service is in no lane, since it has no HTTP port: requests to port 8000 (name tcp-web) follow no lane and stay with the baseline; if"},
		"both":     {[]Port{{Number: 8000}, {Number: 9000, Opaque: "name mongo"}}, 1, "requests to port 9000 (name mongo) follow no lane and stay with the baseline; if"},
		"unknown":  {nil, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := snapshot(chain("canary"), pods...)
			s.Service.Ports = tc.ports
			p := Compute(s)
			require.Equal(t, StateManaged, p.State)
			assert.Len(t, p.Gray, tc.gray)
			if tc.note == "" {
				assert.Empty(t, p.Notes)
				return
			}
			require.Len(t, p.Notes, 1)
			assert.Contains(t, p.Notes[0].Message, tc.note)
		})
	}
}
