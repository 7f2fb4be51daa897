package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
)

// movingBaseline is a Service that is taken over, whose requests go to lane base, in a group whose
// baseline is lane prod now.
func movingBaseline(pods ...Pod) Snapshot {
	g := chain("canary", "prod")
	g.Baseline = "prod"
	s := snapshot(g, pods...)
	s.TakenOver, s.Serving = true, "base"
	return s
}

// relabelled are the changes of pods by name.
func relabelled(p Plan) map[string]string {
	out := map[string]string{}
	for _, r := range p.Relabel {
		out[r.Pod] = r.Verdict.Change.String()
	}
	return out
}

func TestTheBaselineStaysUntilTheNextOneHasAPod(t *testing.T) {
	unready := grayPod("p", "prod")
	unready.Ready = false
	leaving := grayPod("p", "prod")
	leaving.Terminating = true
	for name, pods := range map[string][]Pod{
		"none is there":  {basePod("a"), grayPod("c", "canary")},
		"none is ready":  {basePod("a"), unready},
		"one is leaving": {basePod("a"), leaving},
	} {
		t.Run(name, func(t *testing.T) {
			p := Compute(movingBaseline(pods...))

			assert.Equal(t, StateManaged, p.State)
			assert.Equal(t, "base", p.Baseline.Lane)
			assert.Equal(t, []string{"canary", "prod"}, p.GrayLanes)
			assert.Nil(t, p.Next)
			assert.Empty(t, p.Relabel, "nobody's labels change")
			require.NotNil(t, p.Problem)
			assert.Equal(t, apiv1.ReasonNoBaselinePod, p.Problem.Reason)
			assert.Contains(t, p.Problem.Message, "no ready pod of the Service has the label ASM_TRAFFIC_TAG=prod of lane prod, its new baseline, so untagged requests still go to lane base")
		})
	}
}

func TestTheBaselineMovesBeforeItsPodsDo(t *testing.T) {
	released := func() []Pod { return []Pod{stablePod("a", StageIdle), stablePod("b", StageIdle)} }
	p := Compute(movingBaseline(released()...))
	assert.Equal(t, "base", p.Baseline.Lane)
	require.NotNil(t, p.Next)
	assert.Equal(t, "prod", p.Next.Lane)
	assert.Equal(t, int32(2), p.Next.Ready, "the pods that a Rollout drives are the next baseline's")
	assert.Empty(t, p.Relabel)
	assert.Nil(t, p.Problem)

	moved := movingBaseline(released()...)
	moved.Serving = "prod"
	p = Compute(moved)
	assert.Equal(t, "prod", p.Baseline.Lane)
	assert.Nil(t, p.Next)
	assert.False(t, p.Labelled)
	assert.Equal(t, map[string]string{"a": "ASM_TRAFFIC_TAG=prod", "b": "ASM_TRAFFIC_TAG=prod"}, relabelled(p))

	moved.Pods = []Pod{with(moved.Pods[0], tagLabel, "prod"), moved.Pods[1]}
	assert.False(t, Compute(moved).Labelled, "one is left")
	moved.Pods = []Pod{moved.Pods[0], with(moved.Pods[1], tagLabel, "prod")}
	assert.True(t, Compute(moved).Labelled)
}

func TestALaneWithPodsOfItsOwnBecomesTheBaseline(t *testing.T) {
	pods := []Pod{basePod("a"), grayPod("p", "prod")}
	p := Compute(movingBaseline(pods...))
	require.NotNil(t, p.Next)
	assert.Equal(t, []string{"prod"}, lanesOf(p), "it is a gray lane until then")
	assert.Empty(t, p.Relabel)

	moved := movingBaseline(pods...)
	moved.Serving, moved.Marking.Unisolated = "prod", []string{"base"}
	p = Compute(moved)
	assert.Equal(t, "prod", p.Baseline.Lane)
	assert.Equal(t, map[string]string{
		"a": "lanekeeper.io/outside=1", "p": "lanekeeper.io/lane.prod-",
	}, relabelled(p))
}

func TestABaselineOfOneServiceMovesAlike(t *testing.T) {
	s := movingBaseline(stablePod("a", StageIdle))
	s.Group.Baseline = "base"
	assert.Nil(t, Compute(s).Next, "this Service's is where it was")
	s.Group = s.Group.withBaseline(mockb, "prod")
	require.NotNil(t, Compute(s).Next)
	assert.Equal(t, "prod", Compute(s).Next.Lane)
}

func TestWithoutTheOldLaneThereIsNothingToMoveFrom(t *testing.T) {
	s := movingBaseline(stablePod("a", StageIdle))
	s.Serving = "gone"
	p := Compute(s)
	assert.Equal(t, "prod", p.Baseline.Lane)
	assert.Nil(t, p.Next)
}

// A lane is renamed by deleting it and creating another with its labelSelector: its pods are
// the new lane's, and there is nowhere to move.
func TestABaselineThatIsRenamedDoesNotMove(t *testing.T) {
	s := movingBaseline(basePod("a"))
	s.Group.Lanes[0].Deleting = true
	s.Group.Lanes[2].Selector = s.Group.Lanes[0].Selector
	p := Compute(s)
	assert.Equal(t, "prod", p.Baseline.Lane)
	assert.Nil(t, p.Next)
	assert.Empty(t, p.Relabel)
}

// A lane that becomes the baseline has a version in it that nobody approved. Its pods are marked
// before anybody's requests go there.
func TestCanariesAreKeptOutOfTheBaselineToBe(t *testing.T) {
	group := chain("canary", "prod")
	group.Baseline = "canary"
	moving := func(canary Pod) Snapshot {
		s := snapshot(group, stablePod("a", StageInLane), canary)
		s.TakenOver, s.Serving = true, "base"
		return s
	}
	p := Compute(moving(canaryPod("c", StageInLane)))
	assert.Equal(t, "base", p.Baseline.Lane)
	assert.Nil(t, p.Next, "it waits until the canary is marked")
	require.Contains(t, relabelled(p), "c")
	assert.Contains(t, relabelled(p)["c"], "lanekeeper.io/outside=1")

	marked := canaryPod("c", StageInLane)
	for _, r := range p.Relabel {
		marked.Labels = r.Verdict.Change.Apply(marked.Labels)
	}
	assert.False(t, Selects(map[string]string{tagLabel: "canary"}, marked.Labels), "the baseline's subset will not have it either")
	p = Compute(moving(marked))
	assert.Empty(t, p.Relabel)
	require.NotNil(t, p.Next)
	assert.Equal(t, int32(1), p.Next.Ready, "the stable pods are the next baseline's, and the canary is not")

	s := moving(marked)
	s.Group.Baseline = "base"
	assert.Contains(t, relabelled(Compute(s))["c"], tagLabel+"=canary", "taken back, it is the lane's again")

	alone := moving(canaryPod("c", StageInLane))
	alone.Pods = alone.Pods[1:]
	p = Compute(alone)
	assert.Empty(t, p.Relabel, "a move that waits takes nothing from testers")
	require.NotNil(t, p.Problem)
	assert.Equal(t, apiv1.ReasonNoBaselinePod, p.Problem.Reason)
}

// The tag of the next baseline leads into a gray lane where a Service has not moved.
func TestTheIngressGoesByTheOldBaselineUntilAllServicesHaveMoved(t *testing.T) {
	g := withIngress(chain("canary", "s2"))
	g.Baseline = "canary"
	everybodys := func(s IngressSnapshot) (out []string) {
		s.Group, s.Plans = g, []Plan{planOf("canary")}
		if s.Moving && s.Baseline == "canary" {
			s.Plans = []Plan{{Service: mockb, State: StateManaged, Baseline: Member{Lane: "s2"}, Gray: []Member{{Lane: "canary"}}}}
		}
		p := ComputeIngress(s)
		for _, r := range p.Routes {
			if len(r.Headers) == 0 {
				out = append(out, r.Name, r.Destinations[0].Tag)
				if r.Destinations[0].Tag == "" {
					assert.Equal(t, r.Baseline == p.Baseline, r.Destinations[0].InLane, "its subset is a gray lane's otherwise")
				}
			}
		}
		return append(out, p.Baseline)
	}
	assert.Equal(t, []string{"base/base/default", "", "base"}, everybodys(IngressSnapshot{Baseline: "base"}))
	assert.Equal(t, []string{"canary/canary/default", "canary", "canary"}, everybodys(IngressSnapshot{Baseline: "base", Settled: true}))
	assert.Equal(t, []string{"canary/canary/default", "", "canary"}, everybodys(IngressSnapshot{Baseline: "canary", Moving: true}), "an edit was taken back half way")
	assert.Equal(t, []string{"canary/canary/default", "canary", "canary"}, everybodys(IngressSnapshot{Baseline: "gone"}), "the lane that was is deleted")
	assert.Equal(t, []string{"canary/canary/default", "canary", "canary"}, everybodys(IngressSnapshot{}), "there is no ingress yet")
}

// The baseline's object was deleted, and then the group names another lane: it is a move from
// where everybody's requests are.
func TestABaselineWithoutAnObjectIsMovedFrom(t *testing.T) {
	labels := map[string]string{"ASM_TRAFFIC_TAG": "gone"}
	g := chain("canary")
	with := g.WithServing(mockb, "gone", labels)
	from, ok := with.Lane("gone")
	require.True(t, ok)
	assert.Equal(t, labels, from.Selector)
	_, moves := with.moves(mockb, "gone")
	assert.True(t, moves)
	assert.Len(t, g.Lanes, 2, "the group itself stays as it is")

	for name, same := range map[string]Group{
		"it has an object":          g.WithServing(mockb, "canary", labels),
		"nothing serves":            g.WithServing(mockb, "", nil),
		"its labels are not known":  g.WithServing(mockb, "gone", nil),
		"it has the same pods":      g.WithServing(mockb, "gone", g.Lanes[0].Selector),
		"the new one has no object": Group{Baseline: "missing"}.WithServing(mockb, "gone", labels),
	} {
		_, there := same.Lane("gone")
		assert.False(t, there, name)
	}
}

// One subset cannot hold the pods of two selectors: what everybody meets stays as it is.
func TestTheBaselineGetsOtherLabels(t *testing.T) {
	labels := map[string]string{tagLabel: "stable"}
	for name, tc := range map[string]struct {
		pods []Pod
		mesh map[string]string
		held bool
	}{
		"its pods lack them":           {[]Pod{basePod("a"), basePod("b")}, map[string]string{tagLabel: "base"}, true},
		"one of them lacks them":       {[]Pod{with(basePod("a"), "new", "1"), with(basePod("b"), tagLabel, "stable")}, map[string]string{tagLabel: "base"}, true},
		"all have them":                {[]Pod{with(basePod("a"), tagLabel, "stable")}, map[string]string{tagLabel: "base"}, false},
		"they are what the mesh knows": {[]Pod{with(basePod("a"), tagLabel, "stable")}, labels, false},
		"nobody knows":                 {[]Pod{basePod("a")}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := chain("canary")
			g.Lanes[0].Selector = labels
			s := snapshot(g, tc.pods...)
			s.TakenOver, s.Serving, s.ServingLabels = true, "base", tc.mesh
			p := Compute(s)
			if !tc.held {
				assert.Equal(t, StateManaged, p.State)
				return
			}
			require.Equal(t, StateFrozen, p.State)
			assert.Empty(t, p.Relabel)
			assert.Contains(t, p.Problem.Message, "everybody's requests meet the pods with the labels ASM_TRAFFIC_TAG=base, and lane base, the baseline, has the labels ASM_TRAFFIC_TAG=stable, which")
		})
	}
}

// The successor of a baseline that is gone asks for more than it did.
func TestTheNextBaselineHasSomeOfThePodsOfOneThatIsGone(t *testing.T) {
	g := chain("canary")
	g.Baseline, g.Lanes[0] = "base2", Lane{Name: "base2", Selector: map[string]string{tagLabel: "base", "team": "a"}}
	s := snapshot(g, basePod("a"), with(basePod("b"), "team", "a"))
	s.TakenOver, s.Serving, s.ServingLabels = true, "base", map[string]string{tagLabel: "base"}
	s.Group = s.Group.WithServing(mockb, s.Serving, s.ServingLabels)
	p := Compute(s)
	require.Equal(t, StateFrozen, p.State)
	assert.Contains(t, p.Problem.Message, "which 1 of them (e.g. a) lack")
}

// A move changes labels of pods that a Rollout drives, by which a Service may find them.
func TestAMoveTakesNoPodOutOfAService(t *testing.T) {
	own := movingBaseline(stablePod("a", StageIdle))
	own.Service.Selector = map[string]string{"app": "mockb", tagLabel: "base"}
	beside := movingBaseline(stablePod("a", StageIdle))
	beside.Beside = []Beside{{Service: mocka, Selector: own.Service.Selector}}
	for service, s := range map[string]Snapshot{"default/mockb": own, "default/mocka": beside} {
		p := Compute(s)
		assert.Nil(t, p.Next)
		require.NotNil(t, p.Problem)
		assert.Equal(t, apiv1.ReasonServiceUnsupported, p.Problem.Reason)
		assert.Contains(t, p.Problem.Message, "take", service)
		if service == "default/mocka" {
			assert.Contains(t, p.Problem.Message, "Service default/mocka finds pod a by ASM_TRAFFIC_TAG=base,app=mockb, which the new baseline would change to ASM_TRAFFIC_TAG=prod")
		}
	}
}

// An undo goes on while its Service leaves the group: an entry may name the lane until the last of
// its objects is gone.
func TestAnUndoneVersionIsTakenOutWhileItsServiceLeaves(t *testing.T) {
	s := snapshot(chain("canary"), basePod("base-0"), canaryPod("gray-0", StageRollingBack))
	s.Withdrawing, s.TakenOver = true, true
	p := Compute(s)
	require.Equal(t, StateWithdrawn, p.State)
	require.Len(t, p.Relabel, 1)
	assert.Equal(t, "gray-0", p.Relabel[0].Pod)
	assert.Equal(t, apiv1.MarkerValue, p.Relabel[0].Verdict.Change.Set[apiv1.LabelOutside])
	s.TakenOver = false
	for _, r := range Compute(s).Relabel {
		assert.NotContains(t, r.Verdict.Change.Set, apiv1.LabelOutside, "and nothing of ours is left on it then")
	}
}
