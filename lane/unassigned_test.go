package lane

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	apiv1 "lanekeeper.io/api/v1"
)

func TestStrays(t *testing.T) {
	locked := without(with(canaryPod("locked", StageInLane), tagLabel, "base"), apiv1.LaneMarker("canary"))
	locked.Owner.Locked = []string{tagLabel}
	laneless := with(canaryPod("laneless", StageInLane), tagLabel, "base")
	laneless.Owner.Release = &Release{Problem: &Problem{apiv1.ReasonLaneUnknown, "say which lane"}}
	notReady := with(basePod("starting"), tagLabel, "v9")
	notReady.Ready = false
	going := with(basePod("going"), tagLabel, "v9")
	going.Terminating = true
	for name, tc := range map[string]struct {
		pod                  Pod
		unreachable, leaking string
	}{
		"a baseline pod":                {basePod("p"), "", ""},
		"a gray pod":                    {grayPod("p", "canary"), "", ""},
		"one that carries no label":     {without(basePod("p"), tagLabel), apiv1.ReasonUnlabelledPods, ""},
		"one of an unknown lane":        {with(basePod("p"), tagLabel, "v9"), apiv1.ReasonLaneUnknown, ""},
		"which is not ready":            {notReady, "", ""},
		"or on its way out":             {going, "", ""},
		"a canary that loses its label": {laneless, apiv1.ReasonLaneUnknown, ""},
		"one that keeps it":             {locked, "", apiv1.ReasonLaneLabelInSelector},
	} {
		t.Run(name, func(t *testing.T) {
			got := Compute(snapshot(chain("canary"), basePod("base"), tc.pod)).Unassigned
			assert.Equal(t, tc.unreachable, reasonOf(got.Unreachable))
			assert.Equal(t, tc.leaking, reasonOf(got.Leaking))
		})
	}
}

// The pods of a tenant may each have a label of its own.
func TestNoPodsMakeAMessageTooLong(t *testing.T) {
	pods := []Pod{basePod("base")}
	for i := range 1000 {
		pods = append(pods, with(basePod(fmt.Sprintf("p%d", i)), tagLabel, fmt.Sprintf("v%03d", i)))
	}
	message := Compute(snapshot(chain("canary"), pods...)).Unassigned.Unreachable.Message
	assert.Less(t, len(message), 1000)
	assert.Contains(t, message, "ASM_TRAFFIC_TAG=v004 belongs to no lane")
	assert.Contains(t, message, "; and 995 more causes")
}

func reasonOf(p *Problem) string {
	if p == nil {
		return ""
	}
	return p.Reason
}
