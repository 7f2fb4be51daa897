package rolloutwatch

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

func TestAChangeConcernsWhoShowsIt(t *testing.T) {
	was := row{
		state: lane.StateManaged, complete: true, routed: []string{"base", "canary"},
		baseline: lane.Member{Lane: "base", Pods: 2, Ready: 2}, gray: []lane.Member{{Lane: "canary", Pods: 1, Ready: 1}},
		listed: []string{"base", "canary", "s2"}, free: []string{"s2"},
	}
	cases := map[string]struct {
		edit func(r *row)
		want []string
	}{
		"a canary pod that is not ready any more": {
			func(r *row) { r.gray = []lane.Member{{Lane: "canary", Pods: 1}} }, []string{"canary"},
		},
		"a baseline pod that is not ready any more": {
			func(r *row) { r.baseline.Ready = 1 }, []string{"base", "group"},
		},
		"a lane that the Service joins": {
			func(r *row) { r.gray = append(r.gray, lane.Member{Lane: "s2"}) }, []string{"group", "s2"},
		},
		"a lane that it leaves": {func(r *row) { r.gray = nil }, []string{"canary", "group"}},
		"a route that is there now": {
			func(r *row) { r.routed = []string{"base"} }, []string{"canary"},
		},
		"a lane that other lanes keep out now": {func(r *row) { r.listed = []string{"base", "canary"} }, []string{"s2"}},
		"a lane that nothing names any more":   {func(r *row) { r.free = nil }, []string{"s2"}},
		"a problem": {
			func(r *row) { r.problem = &lane.Problem{Reason: apiv1.ReasonConflict, Message: "theirs"} }, []string{"base", "canary", "group"},
		},
		"another version on its way": {
			func(r *row) { r.releases = []lane.Release{{Rollout: "default/mockb", Stage: lane.StageInLane}} }, nil,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			is := was
			tc.edit(&is)
			assert.Equal(t, tc.want, concerned(change{serviceRequest: serviceRequest{"rollout", mockb}, before: was, after: is}))
		})
	}
	everybody := []string{"base", "canary", "group", "s2"}
	assert.Equal(t, everybody, concerned(change{after: was, first: true}), "the last Service that is looked at completes every status")
	assert.Equal(t, everybody, concerned(change{before: was, gone: true}))
}

func concerned(c change) []string {
	var out []string
	for _, name := range []string{"base", "canary"} {
		if c.inLane(name) {
			out = append(out, name)
		}
	}
	if c.inGroup() {
		out = append(out, "group")
	}
	if c.inLane("s2") {
		out = append(out, "s2")
	}
	return out
}

func TestALargeGroupIsRolledUpMoreRarely(t *testing.T) {
	c := newChain()
	for range 300 {
		c.group.Spec.Services = append(c.group.Spec.Services, apiv1.ServiceReference{Namespace: "many", Name: string(rune('a' + len(c.group.Spec.Services)))})
	}
	u := rollup{facts: newFacts(t, c.objects()...), after: 200 * time.Millisecond}
	services := len(u.group(t.Context(), "rollout").Services)

	assert.Equal(t, 200*time.Millisecond+time.Duration(services)*time.Millisecond, u.wait(t.Context(), "rollout"))
	assert.Greater(t, services, 300)
	assert.Equal(t, 200*time.Millisecond, u.wait(t.Context(), "no group"))
}

// A status that we write must not bring the next one sooner than any other change.
func TestAWrittenStatusIsLookedAtAsRarelyAsAnyChange(t *testing.T) {
	c := newChain()
	for i := range 300 {
		c.group.Spec.Services = append(c.group.Spec.Services, apiv1.ServiceReference{Namespace: "many", Name: fmt.Sprint(i)})
	}
	u := rollup{facts: newFacts(t, c.objects()...), after: 200 * time.Millisecond}
	q := &later{}
	u.written(client.Object.GetName).Update(t.Context(), event.UpdateEvent{ObjectOld: c.group, ObjectNew: c.group}, q)
	u.written(groupOfLane).Update(t.Context(), event.UpdateEvent{ObjectOld: c.gray, ObjectNew: c.gray}, q)
	assert.Equal(t, []string{"rollout 501ms", "canary 501ms"}, q.added)
}

type later struct {
	queue
	added []string
}

func (q *later) AddAfter(r reconcile.Request, after time.Duration) {
	q.added = append(q.added, r.Name+" "+after.String())
}
