package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPodsThatHaveNotThePortOfTheService(t *testing.T) {
	const nobody = "no container port is named web, as the Service's targetPort asks for, so that no request reaches it: name the port so"
	for name, tc := range map[string]struct {
		names     PortNames
		note      string
		unreached string
	}{
		"all there":    {PortNames{}, "", ""},
		"the only one": {PortNames{Missing: []string{"web"}, All: true}, "1 of its pods (e.g. canary-0): " + nobody, nobody},
		"one of them":  {PortNames{Missing: []string{"admin"}}, "1 of its pods (e.g. canary-0): no container port is named admin, as the Service's targetPort asks for, so that no request to that port reaches it: name the port so", ""},
		"both of them": {PortNames{Missing: []string{"admin", "web"}, All: true}, "1 of its pods (e.g. canary-0): no container port is named admin or web, as", "no container port is named admin or web, as"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := canaryPod("canary-0", StageInLane)
			pod.PortNames, pod.Ready = tc.names, !tc.names.All
			p := Compute(snapshot(chain("canary"), stablePod("base-0", StageInLane), pod))
			require.Len(t, p.Gray, 1)
			assert.Contains(t, p.Gray[0].Unreached, tc.unreached)
			assert.Equal(t, tc.unreached == "", p.Gray[0].Unreached == "")
			assert.Empty(t, p.Baseline.Unreached)
			if tc.note == "" {
				assert.Empty(t, p.Notes)
				return
			}
			require.Len(t, p.Notes, 1)
			assert.Contains(t, p.Notes[0].Message, tc.note)
		})
	}
}

func TestAPodMayHaveTwoThingsToSay(t *testing.T) {
	pod := basePod("base-0")
	pod.Note, pod.PortNames = "no sidecar", PortNames{Missing: []string{"web"}}
	assert.Len(t, Compute(snapshot(chain("canary"), pod)).Notes, 2)
}
