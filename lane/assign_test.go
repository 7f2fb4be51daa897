package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"

	apiv1 "lanekeeper.io/api/v1"
)

func TestAssign(t *testing.T) {
	canary := apiv1.LaneMarker("canary")
	unisolated := without(grayPod("p", "canary"), canary)
	unisolated.Marking.Unisolated = []string{"canary"}
	deleting := chain("canary")
	deleting.Lanes[1].Deleting = true
	renamed := chain("canary", "blue")
	renamed.Lanes[2].Selector, renamed.Lanes[1].Deleting = renamed.Lanes[1].Selector, true
	left := canaryPod("p", StageInLane)
	left.Owner.LeftBehind = true
	locked := without(canaryPod("p", StageInLane), canary)
	locked.Labels[tagLabel] = "base"
	locked.Owner.Locked = []string{tagLabel, "app"}
	lockedStable := with(stablePod("p", StageInLane), tagLabel, "v9")
	lockedStable.Owner.Locked = []string{tagLabel}
	laneless := canaryPod("p", StageInLane)
	laneless.Owner.Release = &Release{Stage: StageInLane, Problem: &Problem{Reason: apiv1.ReasonLaneUnknown, Message: "name one"}}
	leftOver := canaryPod("p", StageIdle)
	leftOver.Owner.Release = &Release{Workload: "Deployment/mockb-v1", Stage: StageIdle}
	earlier := canaryPod("p", StageInLane)
	earlier.Owner.Earlier = true

	for name, tc := range map[string]struct {
		group  Group
		pod    Pod
		kind   Kind
		lane   string
		reason string
		change string
	}{
		"a labelled baseline pod is in order":               {chain("canary"), basePod("p"), KindBaseline, "base", ReasonLabelled, ""},
		"a labelled gray pod is in order":                   {chain("canary"), grayPod("p", "canary"), KindLane, "canary", ReasonLabelled, ""},
		"a gray pod without its marker gets it":             {chain("canary"), without(grayPod("p", "canary"), canary), KindLane, "canary", ReasonLabelled, canary + "=1"},
		"a stable pod without a label is the baseline's":    {chain("canary"), without(stablePod("p", StageInLane), tagLabel), KindBaseline, "base", ReasonStable, tagLabel + "=base"},
		"a stable pod with the canary's label goes back":    {chain("canary"), with(with(stablePod("p", StagePromoted), tagLabel, "canary"), canary, "1"), KindBaseline, "base", ReasonStable, tagLabel + "=base," + canary + "-"},
		"a canary pod with its template's base label":       {chain("canary"), without(with(canaryPod("p", StageInLane), tagLabel, "base"), canary), KindLane, "canary", ReasonReleased, tagLabel + "=canary," + canary + "=1"},
		"an undone canary pod is outside":                   {chain("canary"), canaryPod("p", StageRolledBack), KindOutside, "", apiv1.ReasonCanaryLeftBehind, canary + "-,lanekeeper.io/outside=1"},
		"and never becomes baseline":                        {chain("canary"), without(with(canaryPod("p", StageRollingBack), tagLabel, "base"), canary), KindOutside, "", apiv1.ReasonCanaryLeftBehind, tagLabel + "-,lanekeeper.io/outside=1"},
		"an earlier release's is not the next one's":        {chain("canary"), earlier, KindOutside, "", apiv1.ReasonCanaryLeftBehind, canary + "-,lanekeeper.io/outside=1"},
		"a pod of a lane that is not isolated is outside":   {chain("canary"), unisolated, KindLane, "canary", ReasonLabelled, "lanekeeper.io/outside=1"},
		"a pod of a lane that goes is outside":              {deleting, grayPod("p", "canary"), KindLane, "canary", ReasonLabelled, canary + "-,lanekeeper.io/outside=1"},
		"a canary pod that is left over where no lane is":   {chain(), leftOver, KindOutside, "", apiv1.ReasonLaneUnknown, canary + "-,lanekeeper.io/outside=1"},
		"a stray label is outside":                          {chain("canary"), with(basePod("p"), tagLabel, "v9"), KindOutside, "", apiv1.ReasonLaneUnknown, "lanekeeper.io/outside=1"},
		"no label is outside":                               {chain("canary"), without(basePod("p"), tagLabel), KindOutside, "", apiv1.ReasonUnlabelledPods, "lanekeeper.io/outside=1"},
		"a label of the owner's selector stays":             {chain("canary"), locked, KindOutside, "", apiv1.ReasonLaneLabelInSelector, "lanekeeper.io/outside=1"},
		"a stable pod's too":                                {chain("canary"), lockedStable, KindLeaveAlone, "", apiv1.ReasonLaneLabelInSelector, ""},
		"a canary of no known lane is outside":              {chain("canary"), laneless, KindOutside, "", apiv1.ReasonLaneUnknown, canary + "-,lanekeeper.io/outside=1"},
		"and loses its template's base label":               {chain("canary"), with(laneless, tagLabel, "base"), KindOutside, "", apiv1.ReasonLaneUnknown, tagLabel + "-," + canary + "-,lanekeeper.io/outside=1"},
		"as does one whose lane is gone":                    {chain("s2"), with(without(canaryPod("p", StageInLane), canary), tagLabel, "base"), KindOutside, "", apiv1.ReasonLaneUnknown, tagLabel + "-,lanekeeper.io/outside=1"},
		"a canary has its lane without a baseline":          {Group{Baseline: "base", Lanes: []Lane{laneOf("canary")}}, with(without(canaryPod("p", StageInLane), canary), tagLabel, "base"), KindLane, "canary", ReasonReleased, tagLabel + "=canary," + canary + "=1"},
		"a canary that was left behind is outside":          {chain("canary"), left, KindOutside, "", apiv1.ReasonCanaryLeftBehind, canary + "-,lanekeeper.io/outside=1"},
		"an unknown owner is left alone":                    {chain("canary"), Pod{Labels: map[string]string{tagLabel: "base"}}, KindLeaveAlone, "", apiv1.ReasonOwnerUnknown, ""},
		"a group without baseline touches nothing":          {Group{Baseline: "base", Lanes: []Lane{laneOf("canary")}}, basePod("p"), KindLeaveAlone, "", apiv1.ReasonBaselineMissing, ""},
		"a pod of a renamed lane has the new name's marker": {renamed, grayPod("p", "canary"), KindLane, "blue", ReasonLabelled, "lanekeeper.io/lane.blue=1," + canary + "-"},
	} {
		t.Run(name, func(t *testing.T) {
			v := Assign(tc.group, mockb, tc.pod)
			assert.Equal(t, tc.kind, v.Kind)
			assert.Equal(t, tc.lane, v.Lane)
			assert.Equal(t, tc.change, v.Change.String())
			assert.Equal(t, tc.reason, v.Why.Reason)
			assert.NotEmpty(t, v.Why.Message)
			assert.Equal(t, tc.lane == "", v.Problem() != nil)
		})
	}
}

func TestAssignIsDoneOnce(t *testing.T) {
	g := chain("canary", "s2")
	for _, p := range []Pod{
		basePod("p"), grayPod("p", "s2"), without(stablePod("p", StageInLane), tagLabel),
		without(with(canaryPod("p", StageInLane), tagLabel, "base"), apiv1.LaneMarker("canary")), with(basePod("p"), tagLabel, "v9"),
	} {
		p.Labels = Assign(g, mockb, p).Change.Apply(p.Labels)
		assert.Empty(t, Assign(g, mockb, p).Change.String(), "labels %v", p.Labels)
	}
}

// What is taken off a canary of no lane is what makes it the baseline's, and no
// label that the lanes share: the Service may select by that.
func TestAnOutsiderLosesOneLabel(t *testing.T) {
	both := func(name string) Lane {
		return Lane{Name: name, Selector: map[string]string{"Env": "prod", tagLabel: name}}
	}
	labels := map[string]string{"app": "mockb", "Env": "prod", tagLabel: "base"}
	outside := "lanekeeper.io/outside=1"
	for name, tc := range map[string]struct {
		lanes  []Lane
		locked []string
		labels map[string]string
		change string
	}{
		"a shared key stays":                     {[]Lane{both("base"), both("canary")}, nil, labels, tagLabel + "-," + outside},
		"a locked one too":                       {[]Lane{both("base"), both("canary")}, []string{tagLabel}, labels, outside},
		"a locked key that is shared is no harm": {[]Lane{both("base"), both("canary")}, []string{"Env"}, labels, tagLabel + "-," + outside},
		"without a gray lane any will do":        {[]Lane{laneOf("base")}, nil, labels, tagLabel + "-," + outside},
		"without a baseline what no lane has":    {[]Lane{laneOf("canary")}, nil, labels, tagLabel + "-," + outside},
		"and not what a lane has":                {[]Lane{laneOf("canary")}, nil, map[string]string{tagLabel: "canary"}, outside},
	} {
		t.Run(name, func(t *testing.T) {
			g := Group{Baseline: "base", Lanes: tc.lanes}
			assert.Equal(t, tc.change, outsideLabels(g, mockb, tc.locked, tc.labels).String())
		})
	}
}

func TestOnlyALockedBaselineLabelExposes(t *testing.T) {
	g := Group{Baseline: "base", Lanes: []Lane{
		{Name: "base", Selector: map[string]string{"app": "mockb", tagLabel: "base"}},
		{Name: "canary", Selector: map[string]string{"app": "mockb", tagLabel: "canary"}},
	}}
	template := map[string]string{"app": "mockb", tagLabel: "base"}
	assert.False(t, LeaksToBaseline(g, mockb, []string{"app"}, template), "its canary pods change the other label")
	assert.True(t, LeaksToBaseline(g, mockb, []string{"app", tagLabel}, template))
	assert.True(t, LeaksToBaseline(chain(), mockb, []string{tagLabel}, template), "before there is a gray lane, too")
	assert.False(t, LeaksToBaseline(chain("canary"), mockb, []string{tagLabel}, map[string]string{tagLabel: "v9"}))
}
