package lane

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

const mockbHost = "mockb.default.svc.cluster.local"

// withIngress gives every lane of the chain the samples' rule: its tag and /mock.
func withIngress(g Group) Group {
	g.Ingress = &Ingress{Gateway: types.NamespacedName{Namespace: "istio-system", Name: "ingressgateway"}}
	for i, l := range g.Lanes {
		g.Lanes[i].Rules = []IngressRule{{
			Name: l.Name, RequestMatch: RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchExact, "/mock"},
				Headers: map[string]Match{"x-asm-prefer-tag": {MatchExact, l.Name}}},
			Service: mockb, Host: mockbHost,
		}}
	}
	return g
}

func planOf(gray ...string) Plan {
	p := Plan{Service: mockb, State: StateManaged, Baseline: Member{Lane: "base"}}
	for _, name := range gray {
		p.Gray = append(p.Gray, Member{Lane: name})
	}
	return p
}

func TestIngressRoutes(t *testing.T) {
	g := withIngress(chain("canary", "s2"))
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}})
	require.Equal(t, StateManaged, p.State)

	type row struct {
		name, lane string
		inLane     bool
		headers    int
	}
	var got []row
	for _, r := range p.Routes {
		require.Len(t, r.Destinations, 1)
		d := r.Destinations[0]
		got = append(got, row{r.Name, d.Lane, d.InLane, len(r.Headers)})
		assert.Equal(t, d.Lane, d.Tag, "whoever is in the lane by a rule is so from here on")
		assert.Equal(t, ReasonRule, d.Why.Reason)
		assert.Equal(t, "base", r.Baseline)
	}
	assert.Equal(t, []row{
		{"canary/canary", "canary", true, 1},
		{"s2/s2", "s2", false, 1}, // stamped s2, served by the baseline
		{"base/base", "base", true, 1},
		{"base/base/default", "base", true, 0}, // untagged requests, and smuggled tags
	}, got)
}

func TestIngressStates(t *testing.T) {
	g := withIngress(chain("canary"))
	stranger := withIngress(chain("canary"))
	for i := range stranger.Lanes {
		stranger.Lanes[i].Rules[0].Service.Name, stranger.Lanes[i].Rules[0].Host = "other", "other.default"
	}
	noRules := chain("canary")
	noRules.Ingress = g.Ingress
	pending := planOf()
	pending.State, pending.Problem = StatePending, &Problem{apiv1.ReasonUnlabelledPods, "2 pods"}
	foreign := planOf()
	foreign.State, foreign.Problem = StateWithdrawn, &Problem{apiv1.ReasonConflict, "group first has it"}
	left := planOf()
	left.State = StateWithdrawn
	frozen := planOf("canary")
	frozen.State, frozen.Problem, frozen.Baseline = StateFrozen, &Problem{apiv1.ReasonBaselineMissing, "apply it"}, Member{}
	hold := &Problem{apiv1.ReasonInvalid, "bad"}
	ports := planOf()
	ports.Ports = []int32{8000, 9000}

	for name, tc := range map[string]struct {
		group          Group
		plan           Plan
		withdrawing    bool
		hold           *Problem
		before, latest State
		reason         string
	}{
		"ingress outside the group":      {stranger, planOf(), false, nil, StatePending, StateFrozen, apiv1.ReasonEntryNotInGroup},
		"ingress service not taken over": {g, pending, false, nil, StatePending, StateFrozen, apiv1.ReasonUnlabelledPods},
		"ingress service is frozen":      {g, frozen, false, nil, StatePending, StateFrozen, apiv1.ReasonBaselineMissing},
		"ingress service of another":     {g, foreign, false, nil, StatePending, StateFrozen, apiv1.ReasonConflict},
		"ingress service that left":      {g, left, false, nil, StatePending, StateFrozen, apiv1.ReasonEntryNotInGroup},
		"several ports, none named":      {g, ports, false, nil, StatePending, StateFrozen, apiv1.ReasonInvalid},
		"invalid edit":                   {g, planOf(), false, hold, StatePending, StateFrozen, apiv1.ReasonInvalid},
		"no gateway":                     {chain("canary"), planOf(), false, nil, StateWithdrawn, StateWithdrawn, ""},
		"no rule online":                 {noRules, planOf(), false, nil, StateWithdrawn, StateWithdrawn, ""},
		"withdrawing":                    {g, planOf(), true, nil, StateWithdrawn, StateWithdrawn, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for takenOver, want := range map[bool]State{false: tc.before, true: tc.latest} {
				p := ComputeIngress(IngressSnapshot{Group: tc.group, Plans: []Plan{tc.plan}, Withdrawing: tc.withdrawing, Hold: tc.hold, TakenOver: takenOver})
				assert.Equal(t, want, p.State, "taken over: %v", takenOver)
				if tc.reason != "" {
					require.NotNil(t, p.Problem)
					assert.Equal(t, tc.reason, p.Problem.Reason)
				}
			}
		})
	}
}

// An ingress that waits for its service says which group has that.
func TestIngressServiceOfAnOlderGroup(t *testing.T) {
	s := snapshot(chain("canary"))
	s.Withdrawing, s.Hold = true, &Problem{apiv1.ReasonConflict, "group first has it"}
	p := ComputeIngress(IngressSnapshot{Group: withIngress(chain("canary")), Plans: []Plan{Compute(s)}})
	require.NotNil(t, p.Problem)
	assert.Equal(t, "ingress rule base of lane base is left out: group first has it", p.Problem.Message)
}

// Between its deletion and its end a baseline lane exists; the routes that
// serve everybody must outlive both.
func TestBaselineThatGoesKeepsItsRoutes(t *testing.T) {
	g := withIngress(chain("canary"))
	want := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}, TakenOver: true})
	g.Lanes[0].Deleting = true
	assert.Equal(t, want, ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}, TakenOver: true}))
}

func TestIngressOrder(t *testing.T) {
	g := withIngress(chain("canary", "s2"))
	// s2 asks for more than canary: it must be tried first.
	g.Lanes[2].Rules[0].Headers = map[string]Match{"x-user": {MatchPrefix, "test-"}, "x-asm-prefer-tag": {MatchExact, "canary"}}
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf()}})
	assert.Equal(t, "s2/s2", p.Routes[0].Name)

	g.Lanes[2].Deleting = true
	for _, r := range ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf()}}).Routes {
		assert.NotEqual(t, "s2", r.Destinations[0].Lane, "a lane that is being deleted has no ingress")
	}
}

// A rule to a Service that is not in order is left out, unless it has a route: what was
// routed is not taken away.
func TestARuleWhoseServiceIsNotInOrder(t *testing.T) {
	g := withIngress(chain("canary", "s2"))
	g.Lanes[2].Rules[0].Service.Name, g.Lanes[2].Rules[0].Host = "other", "other.default"
	s := IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}, TakenOver: true, Live: map[string]LiveRoute{"base/base": {Port: 8000}, "canary/canary": {Port: 8000}}}
	p := ComputeIngress(s)
	require.Equal(t, StateManaged, p.State)
	assert.Equal(t, []string{"base", "canary"}, p.Lanes())
	require.Len(t, p.LeftOut, 1)
	assert.Equal(t, "ingress rule s2 of lane s2 is left out: it goes to other.default, which is no service of group rollout: add it to spec.services or correct the rule", p.LeftOut[0].String())

	for name, tc := range map[string]struct {
		live      LiveRoute
		asWritten bool
	}{
		"whose route is to one that is":          {liveRoute("/old"), false},
		"whose route is to one that is not, too": {LiveRoute{Readable: true, Service: types.NamespacedName{Namespace: "default", Name: "other"}}, true},
	} {
		s.Live["s2/s2"] = tc.live
		p = ComputeIngress(s)
		require.Equal(t, StateManaged, p.State, "the other rules go on")
		require.Len(t, p.LeftOut, 1)
		assert.Equal(t, "ingress rule s2 of lane s2 stays as it was: it goes to other.default, which is no service of group rollout: add it to spec.services or correct the rule", p.LeftOut[0].String(), name)
		i := slices.IndexFunc(p.Routes, func(r IngressRoute) bool { return r.Name == "s2/s2" })
		require.GreaterOrEqual(t, i, 0, name)
		assert.Equal(t, tc.asWritten, p.Routes[i].AsWritten, name)
	}
}

// A rule's Service may be another team's, who deletes it: nobody else's rules stop.
func TestAServiceThatIsGoneStopsItsOwnRulesOnly(t *testing.T) {
	g := withIngress(chain("canary", "s2"))
	gone := planOfMocka()
	gone.State, gone.Problem = StateFrozen, &Problem{apiv1.ReasonServiceNotFound, "it does not exist"}
	g.Services = append(g.Services, gone.Service)
	g.Lanes[1].Rules[0].Service = gone.Service
	live := liveRoute("/old")
	live.Service = gone.Service
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("s2"), gone}, TakenOver: true, Live: map[string]LiveRoute{"canary/canary": live}})
	require.Equal(t, StateManaged, p.State)
	made, inForce := routeNames(p)
	assert.Equal(t, []string{"s2/s2", "base/base", "base/base/default"}, made)
	assert.Equal(t, []string{"canary/canary"}, inForce)

	gone.Problem.Reason = apiv1.ReasonBaselineMissing
	p = ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("s2"), gone}, TakenOver: true, Live: map[string]LiveRoute{"canary/canary": live}})
	assert.Equal(t, StateFrozen, p.State, "the baseline's rules are gone with it")

	gone.Problem.Reason = apiv1.ReasonServiceNotFound
	g.Lanes = g.Lanes[1:]
	p = ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{gone}, TakenOver: true, Live: map[string]LiveRoute{"canary/canary": live}})
	assert.Equal(t, StateFrozen, p.State, "whatever else is wrong")
	assert.Equal(t, apiv1.ReasonBaselineMissing, p.Problem.Reason)
}

// mocka is another Service.
var mocka = types.NamespacedName{Namespace: "default", Name: "mocka"}

func planOfMocka(gray ...string) Plan {
	p := planOf(gray...)
	p.Service, p.Ports = mocka, []int32{8000}
	return p
}
