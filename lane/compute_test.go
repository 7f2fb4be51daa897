package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// lanesOf are the names of the gray lanes that a plan has.
func lanesOf(p Plan) []string {
	out := []string{}
	for _, m := range p.Gray {
		out = append(out, m.Lane)
	}
	return out
}

func TestMembership(t *testing.T) {
	notReady := canaryPod("c", StageInLane)
	notReady.Ready = false
	dying := func(stage Stage) Pod {
		p := canaryPod("c", stage)
		p.Terminating = true
		return p
	}
	named := chain("canary")
	named.Lanes[1].Services = named.Services
	fixed := chain("canary")
	fixed.AutoUpdate = false
	namedFixed := named
	namedFixed.AutoUpdate = false
	deleting := chain("canary")
	deleting.Lanes[1].Deleting = true

	for name, tc := range map[string]struct {
		snapshot Snapshot
		want     []string
	}{
		"nothing is released":                        {snapshot(chain("canary"), basePod("a")), []string{}},
		"a release begins, before any pod":           {snapshot(chain("canary"), stablePod("a", StageEntering)), []string{"canary"}},
		"its pods start":                             {snapshot(chain("canary"), stablePod("a", StageInLane), notReady), []string{"canary"}},
		"between two versions":                       {snapshot(chain("canary"), stablePod("a", StageEntering), dying(StageEntering)), []string{"canary"}},
		"promoting, the canary lives":                {snapshot(chain("canary"), stablePod("a", StagePromoting), canaryPod("c", StagePromoting)), []string{"canary"}},
		"promoting, the canary is gone":              {snapshot(chain("canary"), stablePod("a", StagePromoting), dying(StagePromoting)), []string{}},
		"promoted, the canary lives a moment longer": {snapshot(chain("canary"), stablePod("a", StagePromoted), canaryPod("c", StagePromoted)), []string{"canary"}},
		"undone, although its pods live":             {snapshot(chain("canary"), stablePod("a", StageRollingBack), canaryPod("c", StageRollingBack)), []string{}},
		"rolled back, although its pods live":        {snapshot(chain("canary"), stablePod("a", StageRolledBack), canaryPod("c", StageRolledBack)), []string{}},
		"named by the lane":                          {snapshot(named, basePod("a")), []string{"canary"}},
		"no autoUpdate, named":                       {snapshot(namedFixed, basePod("a")), []string{"canary"}},
		"no autoUpdate, pods alone do not join":      {snapshot(fixed, basePod("a"), grayPod("c", "canary")), []string{}},
		"plain Deployments, no Rollout":              {snapshot(chain("s2", "s3"), basePod("a"), grayPod("c", "s3")), []string{"s3"}},
		"a lane that is being deleted":               {snapshot(deleting, basePod("a"), grayPod("c", "canary")), []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.snapshot.TakenOver = true
			assert.Equal(t, tc.want, lanesOf(Compute(tc.snapshot)))
		})
	}
}

func TestTakeover(t *testing.T) {
	starting := basePod("a")
	starting.Ready = false
	for name, tc := range map[string]struct {
		pods   []Pod
		reason string
	}{
		"labelled pods":                  {[]Pod{basePod("a"), grayPod("c", "canary")}, ""},
		"no pod at all":                  {nil, apiv1.ReasonNoBaselinePod},
		"no ready baseline pod":          {[]Pod{starting, grayPod("c", "canary")}, apiv1.ReasonNoBaselinePod},
		"unlabelled":                     {[]Pod{without(basePod("a"), tagLabel)}, apiv1.ReasonUnlabelledPods},
		"half labelled":                  {[]Pod{basePod("a"), without(basePod("b"), tagLabel)}, apiv1.ReasonUnlabelledPods},
		"a stray among them":             {[]Pod{basePod("a"), with(basePod("b"), tagLabel, "v9")}, apiv1.ReasonLaneUnknown},
		"about to be labelled":           {[]Pod{without(stablePod("a", StageIdle), tagLabel)}, apiv1.ReasonUnlabelledPods},
		"an unready stray is no concern": {[]Pod{basePod("a"), func() Pod { p := with(basePod("b"), tagLabel, "v9"); p.Ready = false; return p }()}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := Compute(snapshot(chain("canary"), tc.pods...))
			if tc.reason == "" {
				assert.Equal(t, StateManaged, p.State)
				return
			}
			assert.Equal(t, StatePending, p.State)
			require.NotNil(t, p.Problem)
			assert.Equal(t, tc.reason, p.Problem.Reason)
			assert.NotEmpty(t, p.Problem.Message)
			if tc.reason != apiv1.ReasonNoBaselinePod {
				assert.Contains(t, p.Problem.Message, "; until then the Service is not taken over, and its requests meet all versions")
			}

			s := snapshot(chain("canary"), tc.pods...)
			s.HeldByOther = true
			assert.NotContains(t, Compute(s).Problem.Message, "meet all versions", "another group's objects still tell them apart")
			s.HeldByOther = false
			s.TakenOver = true
			assert.Equal(t, StateManaged, Compute(s).State, "takeover latches")
		})
	}
}

func TestState(t *testing.T) {
	hold := &Problem{apiv1.ReasonInvalid, "two lanes select the same pods"}
	noBaseline := chain("canary")
	noBaseline.Lanes = noBaseline.Lanes[1:]
	for name, tc := range map[string]struct {
		change         func(*Snapshot)
		before, latest State
		reason         string
	}{
		"invalid edit":        {func(s *Snapshot) { s.Hold = hold }, StatePending, StateFrozen, apiv1.ReasonInvalid},
		"baseline lane gone":  {func(s *Snapshot) { s.Group = noBaseline }, StatePending, StateFrozen, apiv1.ReasonBaselineMissing},
		"Service gone":        {func(s *Snapshot) { s.Service.Found = false }, StatePending, StateFrozen, apiv1.ReasonServiceNotFound},
		"headless":            {func(s *Snapshot) { s.Service.Unsupported = "it is headless" }, StatePending, StateFrozen, apiv1.ReasonServiceUnsupported},
		"requests spill":      {func(s *Snapshot) { s.Service.Spills = "spec.trafficDistribution: unset it" }, StatePending, StateManaged, apiv1.ReasonServiceUnsupported},
		"leaving":             {func(s *Snapshot) { s.Withdrawing = true }, StateWithdrawn, StateWithdrawn, ""},
		"leaving, though bad": {func(s *Snapshot) { s.Withdrawing, s.Hold = true, hold }, StateWithdrawn, StateWithdrawn, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for takenOver, want := range map[bool]State{false: tc.before, true: tc.latest} {
				s := snapshot(chain("canary"), basePod("a"))
				s.TakenOver = takenOver
				tc.change(&s)
				p := Compute(s)
				assert.Equal(t, want, p.State, "taken over: %v", takenOver)
				if tc.reason != "" {
					assert.Equal(t, tc.reason, p.Problem.Reason)
				}
			}
		})
	}
}

func TestMembersCountPods(t *testing.T) {
	notReady := canaryPod("d", StageInLane)
	notReady.Ready = false
	p := Compute(snapshot(chain("canary", "s2"), stablePod("a", StageInLane), stablePod("b", StageInLane), canaryPod("c", StageInLane), notReady))
	assert.EqualValues(t, 2, p.Baseline.Ready)
	require.Len(t, p.Gray, 1)
	assert.EqualValues(t, 2, p.Gray[0].Pods)
	assert.EqualValues(t, 1, p.Gray[0].Ready)
	assert.Equal(t, StageInLane, p.Gray[0].Stage)
	assert.Equal(t, []string{"canary", "s2"}, p.GrayLanes, "priorities keep every gray lane out")
}

func TestAPlanSaysWhetherEntriesLeadToTheService(t *testing.T) {
	g := chain("canary")
	assert.False(t, Compute(snapshot(g, basePod("a"))).Ingress)
	g.Lanes[1].Deleting = true
	g.Lanes[1].Rules = []IngressRule{{Name: "other", Service: types.NamespacedName{Namespace: "default", Name: "mocka"}}}
	assert.False(t, Compute(snapshot(g, basePod("a"))).Ingress)
	g.Lanes[1].Rules = append(g.Lanes[1].Rules, IngressRule{Name: "ours", Service: mockb})
	assert.True(t, Compute(snapshot(g, basePod("a"))).Ingress, "its routes go one settle after the lane")
}

func TestPodsOfADeletedLaneLeaveBeforeTheListsForgetIt(t *testing.T) {
	g := chain("canary", "s2")
	g.Lanes[2].Deleting = true
	p := Compute(snapshot(g, basePod("a"), grayPod("b", "s2")))
	assert.Equal(t, []string{"canary", "s2"}, p.GrayLanes)
	require.Len(t, p.Relabel, 1)
	assert.Equal(t, apiv1.LaneMarker("s2")+"-,lanekeeper.io/outside=1", p.Relabel[0].Verdict.Change.String())
}

func TestPodsOfALeftServiceLoseTheirMarkers(t *testing.T) {
	s := snapshot(chain("canary"), basePod("a"), grayPod("b", "canary"))
	s.Withdrawing, s.TakenOver = true, true
	assert.Empty(t, Compute(s).Relabel, "while the mesh still has the lane")
	s.TakenOver = false
	p := Compute(s)
	require.Len(t, p.Relabel, 1)
	assert.Equal(t, "b", p.Relabel[0].Pod)
	assert.Equal(t, apiv1.LaneMarker("canary")+"-", p.Relabel[0].Verdict.Change.String(), "the lane label is the user's")
}

// While the group cannot be relied on labels stay, but for those that would let
// everybody meet what nobody approved.
func TestWhileHeldOnlyExposedCanariesAreRelabelled(t *testing.T) {
	s := snapshot(chain("canary"),
		without(grayPod("unmarked", "s2"), tagLabel),
		without(with(canaryPod("leaking", StageInLane), tagLabel, "base"), apiv1.LaneMarker("canary")),
		without(canaryPod("unmarked canary", StageInLane), apiv1.LaneMarker("canary")))
	s.TakenOver = true
	assert.Len(t, Compute(s).Relabel, 3)
	s.Hold = &Problem{Reason: apiv1.ReasonInvalid}
	relabel := Compute(s).Relabel
	require.Len(t, relabel, 1)
	assert.Equal(t, "leaking", relabel[0].Pod)
}

// TestAnotherGroupsPrioritiesDoNotNameOurMarkers: while its objects are there, a
// lane of it without a pod would take a pod with our marker for the baseline's.
func TestAnotherGroupsPrioritiesDoNotNameOurMarkers(t *testing.T) {
	s := snapshot(chain("canary"), basePod("a"), grayPod("new", "canary"),
		with(without(grayPod("c", "canary"), apiv1.LaneMarker("canary")), apiv1.LaneMarker("theirs"), apiv1.MarkerValue))
	s.HeldByOther = true
	p := Compute(s)
	require.Len(t, p.Relabel, 1, "pods of theirs stay as they are")
	assert.Equal(t, "new", p.Relabel[0].Pod)
	assert.Equal(t, Change{Set: map[string]string{apiv1.LabelOutside: apiv1.MarkerValue}, Remove: []string{apiv1.LaneMarker("canary")}}, p.Relabel[0].Verdict.Change)
	assert.Empty(t, s.Pods[0].Marking.Unisolated, "the pods are read by others")

	s.HeldByOther = false
	assert.Contains(t, Compute(s).Relabel[0].Verdict.Change.Set, apiv1.LaneMarker("canary"))

	s.HeldByOther, s.TakenOver = true, true // somebody restored theirs, and ours are in force
	assert.Contains(t, Compute(s).Relabel[0].Verdict.Change.Set, apiv1.LaneMarker("canary"))
}

// TestAnotherGroupsBaselineKeepsItsLabels: its routes send everybody to the pods that carry
// them, until they are gone.
func TestAnotherGroupsBaselineKeepsItsLabels(t *testing.T) {
	stable := with(basePod("a"), tagLabel, "theirs")
	stable.Owner.Release = &Release{Rollout: "default/r", Lane: "canary"}
	s := snapshot(chain("canary"), stable)
	s.HeldByOther = true
	var p Plan
	for _, labels := range []map[string]string{{tagLabel: "theirs"}, nil} {
		s.OthersServing = []map[string]string{labels}
		p = Compute(s)
		assert.Empty(t, p.Relabel, "those labels, or any while nobody knows them")
		assert.Equal(t, StatePending, p.State)
	}
	s.OthersServing = []map[string]string{{tagLabel: "another"}}
	assert.Len(t, Compute(s).Relabel, 1, "the pod is not met by everybody")

	s.HeldByOther = false
	p = Compute(s)
	require.Len(t, p.Relabel, 1)
	assert.Equal(t, map[string]string{tagLabel: "base"}, p.Relabel[0].Verdict.Change.Set)
}

// TestMarkersStayWhileAnotherGroupNeedsThem: two groups let go of a Service, and
// only one of them had it.
func TestMarkersStayWhileAnotherGroupNeedsThem(t *testing.T) {
	s := snapshot(chain("canary"), basePod("a"), grayPod("c", "canary"))
	s.Withdrawing, s.HeldByOther = true, true
	assert.Empty(t, Compute(s).Relabel)
	s.HeldByOther = false
	assert.Len(t, Compute(s).Relabel, 1)
}
