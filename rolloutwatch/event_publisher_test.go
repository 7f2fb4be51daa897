package rolloutwatch

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/status"
)

// series counts events as the API's recorder does: two that differ in the note alone are
// one, with the first note.
type series struct {
	events.EventRecorder
	count map[[4]string]int
	// longest is the length of the longest note.
	longest *int
}

func (s series) Eventf(regarding, related runtime.Object, _, reason, action, _ string, args ...any) {
	*s.longest = max(*s.longest, len(args[0].(string)))
	about := ""
	if service, ok := related.(*corev1.ObjectReference); ok {
		about = service.Kind + " " + service.Namespace + "/" + service.Name
	}
	s.count[[4]string{regarding.(client.Object).GetName(), about, reason, action}]++
}

func TestEventsOfSeveralServicesAreNotCountedAsOne(t *testing.T) {
	c := fixture.NewChain()
	s := series{count: map[[4]string]int{}, longest: new(int)}
	p := &eventPublisher{recorder: s, cluster: newCluster(t, c.Objects()...)}
	in := status.Service{Gray: []lane.Member{{Lane: "canary"}}, Routed: []string{"canary"}}
	problem := status.Service{State: lane.StateFrozen, Problem: &lane.Problem{Reason: apiv1.ReasonInvalid, Message: strings.Repeat("x", 250_000)}}
	promoting := status.Service{Releases: []lane.Release{{Rollout: "default/r", Lane: "canary", Stage: lane.StagePromoting}}}
	undoing := status.Service{Releases: []lane.Release{{Rollout: "default/r", Lane: "canary", Stage: lane.StageRollingBack}}}
	undone := status.Service{Releases: []lane.Release{{Rollout: "default/r", Lane: "canary", Stage: lane.StageRolledBack}}}
	want := map[[4]string]int{}
	for _, name := range []string{"cart", "pay"} {
		key := lane.GroupService{Group: "rollout", Service: types.NamespacedName{Namespace: "shop", Name: name}}
		for _, change := range [][2]status.Service{{{}, in}, {in, {}}, {{}, problem}, {promoting, {}}, {undoing, undone}} {
			p.service(t.Context(), key, change[0], change[1])
		}
		about := "Service shop/" + name
		want[[4]string{"canary", about, eventJoinedLane, "Join"}] = 1
		want[[4]string{"canary", about, eventLeftLane, "Leave"}] = 1
		want[[4]string{"rollout", about, apiv1.ReasonFrozen, "Program"}] = 1
		want[[4]string{"canary", about, eventPromoted, "Promote"}] = 1
		want[[4]string{"canary", about, eventRolledBack, "RollBack"}] = 1
	}
	assert.Equal(t, want, s.count)
	assert.LessOrEqual(t, *s.longest, 1024, "the API server refuses a longer note")
}
