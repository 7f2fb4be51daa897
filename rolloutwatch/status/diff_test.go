package status

import (
	"testing"

	"github.com/stretchr/testify/assert"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

func TestAChangeConcernsWhoShowsIt(t *testing.T) {
	was := Service{
		State: lane.StateManaged, Complete: true, Routed: []string{"base", "canary"},
		Baseline: lane.Member{Lane: "base", Pods: 2, Ready: 2}, Gray: []lane.Member{{Lane: "canary", Pods: 1, Ready: 1}},
		Isolated: []string{"base", "canary", "s2"}, Unnamed: []string{"s2"},
	}
	cases := map[string]struct {
		edit func(r *Service)
		want []string
	}{
		"a canary pod that is not ready any more": {
			func(r *Service) { r.Gray = []lane.Member{{Lane: "canary", Pods: 1}} }, []string{"canary"},
		},
		"a baseline pod that is not ready any more": {
			func(r *Service) { r.Baseline.Ready = 1 }, []string{"base", "group"},
		},
		"a lane that the Service joins": {
			func(r *Service) { r.Gray = append(r.Gray, lane.Member{Lane: "s2"}) }, []string{"group", "s2"},
		},
		"a lane that it leaves": {func(r *Service) { r.Gray = nil }, []string{"canary", "group"}},
		"a route that is there now": {
			func(r *Service) { r.Routed = []string{"base"} }, []string{"canary"},
		},
		"a lane that other lanes keep out now": {func(r *Service) { r.Isolated = []string{"base", "canary"} }, []string{"s2"}},
		"a lane that nothing names any more":   {func(r *Service) { r.Unnamed = nil }, []string{"s2"}},
		"a problem": {
			func(r *Service) { r.Problem = &lane.Problem{Reason: apiv1.ReasonConflict, Message: "theirs"} }, []string{"base", "canary", "group"},
		},
		"a lane that is to be the baseline, and has no pod": {
			func(r *Service) {
				r.Problem, r.Awaited = &lane.Problem{Reason: apiv1.ReasonNoBaselinePod, Message: "no pod"}, "s2"
			}, []string{"group", "s2"},
		},
		"an entry that the Gateway does not know any more": {
			func(r *Service) { r.Hidden = &lane.Problem{Message: "hidden"} }, []string{"base", "canary", "s2"},
		},
		"another version on its way": {
			func(r *Service) { r.Releases = []lane.Release{{Rollout: "default/mockb", Stage: lane.StageInLane}} }, nil,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			is := was
			tc.edit(&is)
			assert.Equal(t, tc.want, concerned(Change{GroupService: lane.GroupService{Group: "rollout", Service: fixture.Mockb}, before: was, after: is}))
		})
	}
	waiting := was
	waiting.Isolated = []string{"base", "canary"}
	frozen := waiting
	frozen.State, frozen.Problem = lane.StateFrozen, &lane.Problem{Reason: apiv1.ReasonServiceNotFound, Message: "gone"}
	assert.Contains(t, concerned(Change{GroupService: lane.GroupService{Group: "rollout", Service: fixture.Mockb}, before: waiting, after: frozen}), "s2", "what it waits for says why now")
	all := []string{"base", "canary", "group", "s2"}
	assert.Equal(t, all, concerned(Change{after: was, first: true}), "the last Service that is observed completes every status")
	assert.Equal(t, all, concerned(Change{before: was, gone: true}))
}

func concerned(c Change) []string {
	var out []string
	for _, name := range []string{"base", "canary"} {
		if c.InLane(name) {
			out = append(out, name)
		}
	}
	if c.InGroup() {
		out = append(out, "group")
	}
	if c.InLane("s2") {
		out = append(out, "s2")
	}
	return out
}
