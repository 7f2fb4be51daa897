package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// A group that does not follow the pods says whose pods serve nobody for that.
func TestALaneThatHasPodsAndNotTheService(t *testing.T) {
	released := Release{Rollout: "default/r", Lane: "canary", Stage: StageInLane}
	for name, tc := range map[string]struct {
		edit func(*Snapshot)
		said bool
	}{
		"its pods":  {func(s *Snapshot) { s.Pods = append(s.Pods, grayPod("c", "canary")) }, true},
		"a release": {func(s *Snapshot) { s.Releases = []Release{released} }, true},
		"nothing":   {func(*Snapshot) {}, false},
		"a lane that names it": {func(s *Snapshot) {
			s.Releases = []Release{released}
			s.Group.Lanes[1].Services = []types.NamespacedName{mockb}
		}, false},
		"a lane that goes":     {func(s *Snapshot) { s.Releases = []Release{released}; s.Group.Lanes[1].Deleting = true }, false},
		"a group that follows": {func(s *Snapshot) { s.Releases = []Release{released}; s.Group.AutoUpdate = true }, false},
		"a Service without lanes": {func(s *Snapshot) {
			s.Releases = []Release{released}
			s.Service.Ports = []Port{{Number: 1, Opaque: "TCP"}}
		}, false},
	} {
		s := snapshot(chain("canary"), basePod("a"))
		s.Group.AutoUpdate = false
		tc.edit(&s)
		var said []Problem
		for _, note := range Compute(s).Notes {
			if note.Reason == apiv1.ReasonLaneUnknown {
				said = append(said, note)
			}
		}
		if !tc.said {
			assert.Empty(t, said, name)
			continue
		}
		require.Len(t, said, 1, name)
		assert.Equal(t, "it is not in lane canary, whose pods serve nobody: the lane does not name it, and autoUpdate of group rollout is off; name it in spec.services of the lane, or set autoUpdate", said[0].Message)
	}
}
