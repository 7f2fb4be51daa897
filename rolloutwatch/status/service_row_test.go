package status

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

func TestALaneSaysWhoAnswersForPodsThatAreNotReady(t *testing.T) {
	in := lane.Member{Lane: "canary", Pods: 1}
	for name, tc := range map[string]struct {
		settings lane.Settings
		member   lane.Member
		want     string
	}{
		"the baseline":              {lane.Settings{}, in, "none of its pods is ready (0/1), and tagged requests meet the baseline: look at those pods"},
		"they do, where it is said": {lane.Settings{Unready: true}, in, "none of its pods is ready (0/1), and tagged requests meet them all the same, because the Service sets publishNotReadyAddresses: take that out, and look at those pods"},
		"pods without the port":     {lane.Settings{Unready: true}, lane.Member{Lane: "canary", Pods: 1, Unreached: "name the port"}, "none of its pods is ready (0/1), and tagged requests meet the baseline: name the port"},
		"the baseline's":            {lane.Settings{}, lane.Member{Pods: 1, Unreached: "name the port"}, "none of its baseline pods is ready (0/1): name the port"},
		"nobody is there":           {lane.Settings{Unready: true}, lane.Member{Lane: "canary"}, "it has no pod in the lane; tagged requests meet the baseline"},
	} {
		t.Run(name, func(t *testing.T) {
			snapshot := lane.Snapshot{Service: lane.Service{Found: true, Settings: tc.settings}}
			plan := lane.Plan{State: lane.StateManaged, Gray: []lane.Member{tc.member}}
			s := NewService(snapshot, plan, nil, trafficprovider.Outcome{}, trafficprovider.Words{}, time.Time{})
			s.Complete = true
			assert.Equal(t, tc.want, s.inLane(lane.GroupService{Group: "rollout", Service: fixture.Mockb}, tc.member).Message)
		})
	}
}
