package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
)

// withoutBaseline is a strict group that names no lane for callers of none.
func withoutBaseline(gray ...string) Group {
	g := strict(chain(gray...))
	g.Baseline = AllVersions
	return g
}

func TestCallersOfNoLaneMeetAllVersions(t *testing.T) {
	nobodys := basePod("nobodys-1")
	delete(nobodys.Labels, tagLabel)
	base := grayPod("base-1", "base")
	s := snapshot(withoutBaseline("canary", "s2"), base, grayPod("gray-1", "canary"), nobodys)
	p := Compute(s)
	require.Equal(t, StateManaged, p.State, "%+v", p.Problem)
	assert.Nil(t, p.Problem)
	assert.Empty(t, p.Relabel)
	assert.Equal(t, Member{Lane: AllVersions, Pods: 3, Ready: 3, Why: p.Baseline.Why}, p.Baseline)
	var in []string
	for _, m := range p.Gray {
		in = append(in, m.Lane)
	}
	assert.Equal(t, []string{"base", "canary"}, in)
	require.Len(t, p.Lacking, 1)
	assert.Equal(t, "s2", p.Lacking[0].Lane)
	require.Len(t, p.Notes, 1)
	assert.Equal(t, apiv1.ReasonPartiallySupported, p.Notes[0].Reason)

	s = snapshot(withoutBaseline("canary"), grayPod("gray-1", "canary"))
	s.TakenOver = false
	assert.Equal(t, StateManaged, Compute(s).State, "it needs no pod of a baseline")
}

// Until routes and subsets of a strict group are there, others fall back to what was the baseline.
func TestWhatWasTheBaselineStaysUnmarked(t *testing.T) {
	s := snapshot(withoutBaseline("canary"), basePod("base-1"), grayPod("gray-1", "canary"))
	s.TakenOver, s.Serving, s.ServingLabels = true, "base", map[string]string{tagLabel: "base"}
	p := Compute(s)
	assert.Empty(t, p.Relabel)
	assert.Nil(t, p.Next, "nobody is to be labelled otherwise")
	assert.Equal(t, AllVersions, p.Baseline.Lane)
	s.Serving, s.ServingLabels = AllVersions, nil
	require.Len(t, Compute(s).Relabel, 1)
	assert.Equal(t, "lanekeeper.io/lane.base=1", Compute(s).Relabel[0].Verdict.Change.String())

	s.Group, s.Pods[0] = strict(chain("canary")), grayPod("base-1", "base")
	back := Compute(s)
	assert.Nil(t, back.Problem)
	require.Len(t, back.Relabel, 1)
	assert.Equal(t, "lanekeeper.io/lane.base-", back.Relabel[0].Verdict.Change.String())
}

func TestRolloutsOfAGroupWithoutABaseline(t *testing.T) {
	assert.Nil(t, strict(chain("canary")).NotFollowed("rollouts-mockb"))
	problem := withoutBaseline("canary").NotFollowed("rollouts-mockb")
	require.NotNil(t, problem)
	assert.Equal(t, apiv1.ReasonNotYetSupported, problem.Reason)
	assert.Contains(t, problem.Message, "name a lane for such callers in annotation lanekeeper.io/baseline")

	left := canaryPod("gray-1", StageInLane)
	left.Owner.Release, left.Owner.LeftBehind = nil, true
	assert.Equal(t, "canary", Compute(snapshot(withoutBaseline("canary"), left)).Gray[0].Lane, "its label alone tells")
}

func TestTheIngressOfAGroupWithoutABaseline(t *testing.T) {
	g := withIngress(withoutBaseline("canary"))
	s := snapshot(g, grayPod("base-1", "base"))
	in := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{Compute(s)}, Baseline: "base", Moving: true})
	require.Nil(t, in.Problem)
	require.NotNil(t, in.Rest(), "each asks for its tag")
	assert.Contains(t, in.Rest().Message, "requests that no rule asks for do not enter the group, and are answered 404")
	everybodys := in
	everybodys.Routes = append([]IngressRoute{{Lane: "base"}}, in.Routes...)
	assert.Nil(t, everybodys.Rest())
	answers := func(lane string) []string {
		e := Explain(in, []Snapshot{s}, Request{Path: "/mock", Headers: map[string]string{"x-asm-prefer-tag": lane}})
		if e.Route == nil {
			return nil
		}
		return append([]string{e.Ways[0].Tag, e.Ways[0].Hops[0].Lane}, e.Ways[0].Hops[0].Pods...)
	}
	assert.Equal(t, []string{"base", "base", "base-1"}, answers("base"), "it is a lane as the others are, also while the group changes")
	assert.Equal(t, []string{"canary", "canary"}, answers("canary"))
	assert.Nil(t, answers("nobody"))

	g.Ingress.Weighted = []IngressRule{{Name: "all", RequestMatch: RequestMatch{Hosts: []string{"*"}}}}
	for i := range g.Lanes {
		g.Lanes[i].Share, g.Lanes[i].Weight = &IngressRule{Service: mockb, Host: mockbHost}, 0
	}
	s = snapshot(g, grayPod("base-1", "base"), grayPod("gray-1", "canary"))
	in = ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{Compute(s)}})
	assert.Equal(t, "no lane has a weight, so that all requests enter no lane, and meet all versions", in.Shares())
	assert.Equal(t, []string{"", AllVersions, "base-1", "gray-1"}, answers(""))
}

// A lane that has no pod of a Service is no baseline of it yet.
func TestAllVersionsAreMetUntilTheLaneHasAPod(t *testing.T) {
	s := snapshot(strict(chain("canary")), grayPod("gray-1", "canary"))
	s.TakenOver, s.Serving = true, AllVersions
	p := Compute(s)
	assert.Equal(t, StateManaged, p.State)
	require.NotNil(t, p.Problem)
	assert.Equal(t, apiv1.ReasonNoBaselinePod, p.Problem.Reason)
	assert.Contains(t, p.Problem.Message, "callers of no lane still meet all versions")
	assert.True(t, p.WithoutBaseline())
	assert.Empty(t, p.Relabel)

	s.Pods = append(s.Pods, basePod("base-1"))
	p = Compute(s)
	assert.Nil(t, p.Problem)
	assert.Equal(t, "base", p.Baseline.Lane)
	s.Pods = nil
	assert.Equal(t, "base", Compute(s).Baseline.Lane, "nobody is met anyhow")
}

func TestPodsOfNoLaneStayAsTheyAreUntilTheRoutesHaveGone(t *testing.T) {
	outsider := basePod("v9")
	outsider.Labels[tagLabel], outsider.Labels[apiv1.LabelOutside] = "v9", apiv1.MarkerValue
	s := snapshot(withoutBaseline("s2", "s3"), basePod("base-1"), outsider)
	s.TakenOver, s.Serving, s.ServingLabels = true, "base", map[string]string{tagLabel: "base"}
	s.Marking.Answers = []string{"s2", "s3"}
	for _, r := range Compute(s).Relabel {
		assert.Equal(t, "base-1", r.Pod)
		assert.Equal(t, "answers.lanekeeper.io/s2=1,answers.lanekeeper.io/s3=1", r.Verdict.Change.String())
	}
	s.Serving, s.ServingLabels = AllVersions, nil
	require.Len(t, Compute(s).Relabel, 2)
	assert.Equal(t, "lanekeeper.io/outside-", Compute(s).Relabel[1].Verdict.Change.String())
}
