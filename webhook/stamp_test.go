package webhook

import (
	"testing"

	"github.com/stretchr/testify/assert"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

func TestStampOf(t *testing.T) {
	canaryMarker := apiv1.LaneMarker("canary")
	// others is a second group whose lanes select by another label.
	others := lane.Group{Name: "others", Baseline: "quiet", Lanes: []lane.Lane{
		{Name: "loud", Selector: map[string]string{"volume": "loud"}},
		{Name: "quiet", Selector: map[string]string{"volume": "quiet"}},
	}}

	cases := map[string]struct {
		labels     map[string]string
		placements []lane.Placement
		verdict    string
		want       map[string]string
		reasons    []string
	}{
		"a pod of no group stays as it is": {
			labels:  map[string]string{"app": "other"},
			verdict: verdictNone,
			want:    map[string]string{"app": "other"},
		},
		"a canary pod that looks like its template gets the lane's label and marker": {
			labels:     map[string]string{"app": "mocka", tagLabel: "base"},
			placements: []lane.Placement{placed(chain("canary"), releasing(true))},
			verdict:    verdictLane,
			want:       map[string]string{"app": "mocka", tagLabel: "canary", canaryMarker: "1"},
		},
		"a canary pod that Kruise has labelled only lacks the marker": {
			labels:     map[string]string{"app": "mocka", tagLabel: "canary"},
			placements: []lane.Placement{placed(chain("canary"), releasing(true))},
			verdict:    verdictLane,
			want:       map[string]string{"app": "mocka", tagLabel: "canary", canaryMarker: "1"},
		},
		"a stable pod in mid-release is the baseline's": {
			labels:     map[string]string{"app": "mocka"},
			placements: []lane.Placement{placed(chain("canary"), releasing(false))},
			verdict:    verdictBaseline,
			want:       map[string]string{"app": "mocka", tagLabel: "base"},
		},
		"without a Rollout the template's label stands": {
			labels:     map[string]string{"app": "mocka", tagLabel: "canary"},
			placements: []lane.Placement{placed(chain("canary"))},
			verdict:    verdictLane,
			want:       map[string]string{"app": "mocka", tagLabel: "canary", canaryMarker: "1"},
		},
		"a pod of no lane is marked as outside": {
			labels:     map[string]string{"app": "mocka", tagLabel: "v9"},
			placements: []lane.Placement{placed(chain("canary"))},
			verdict:    verdictOutside,
			want:       map[string]string{"app": "mocka", tagLabel: "v9", apiv1.LabelOutside: "1"},
			reasons:    []string{apiv1.ReasonLaneUnknown},
		},
		"a marker that the template should not have goes": {
			labels:     map[string]string{"app": "mocka", tagLabel: "base", apiv1.LaneMarker("canary"): "1"},
			placements: []lane.Placement{placed(chain("canary"))},
			verdict:    verdictBaseline,
			want:       map[string]string{"app": "mocka", tagLabel: "base"},
		},
		"a pod whose owner nobody knows is left alone": {
			labels: map[string]string{"app": "mocka", tagLabel: "base"},
			placements: []lane.Placement{placed(chain("canary"), func(p *lane.Placement) {
				p.Pod.Owner = lane.Owner{}
			})},
			verdict: verdictLeftAlone,
			want:    map[string]string{"app": "mocka", tagLabel: "base"},
			reasons: []string{apiv1.ReasonOwnerUnknown},
		},
		"a label of the owner's selector is never touched": {
			labels: map[string]string{"app": "mocka", tagLabel: "base"},
			placements: []lane.Placement{placed(chain("canary"), releasing(true), func(p *lane.Placement) {
				p.Pod.Owner.Locked = []string{tagLabel, "app"}
			})},
			verdict: verdictOutside,
			want:    map[string]string{"app": "mocka", tagLabel: "base", apiv1.LabelOutside: "1"},
			reasons: []string{apiv1.ReasonLaneLabelInSelector},
		},
		"two Services of one group that agree": {
			labels: map[string]string{"app": "mocka"},
			placements: []lane.Placement{
				placed(chain("canary"), releasing(true)),
				placed(chain("canary"), releasing(true), behind(mockb)),
			},
			verdict: verdictLane,
			want:    map[string]string{"app": "mocka", tagLabel: "canary", canaryMarker: "1"},
		},
		"the first of two that contradict wins": {
			labels: map[string]string{"app": "mocka"},
			placements: []lane.Placement{
				placed(chain("canary"), releasing(false)),
				placed(chain("canary"), releasing(true), behind(mockb)),
			},
			verdict: verdictBaseline,
			want:    map[string]string{"app": "mocka", tagLabel: "base"},
			reasons: []string{apiv1.ReasonConflict},
		},
		"a second group may add its own label": {
			labels: map[string]string{"app": "mocka", "volume": "quiet"},
			placements: []lane.Placement{
				placed(chain("canary"), releasing(false)),
				placed(others, behind(mockb)),
			},
			verdict: verdictBaseline,
			want:    map[string]string{"app": "mocka", tagLabel: "base", "volume": "quiet"},
		},
		"a second group may not take the first one's marker away": {
			labels: map[string]string{"app": "mocka", "volume": "quiet"},
			placements: []lane.Placement{
				placed(chain("canary"), releasing(true)),
				placed(others, behind(mockb)),
			},
			verdict: verdictLane,
			want:    map[string]string{"app": "mocka", tagLabel: "canary", canaryMarker: "1", "volume": "quiet"},
			reasons: []string{apiv1.ReasonConflict},
		},
		"one that is left alone leaves room for the next": {
			labels: map[string]string{"app": "mocka"},
			placements: []lane.Placement{
				placed(lane.Group{Name: "empty", Baseline: "missing"}),
				placed(chain("canary"), releasing(true), behind(mockb)),
			},
			verdict: verdictLane,
			want:    map[string]string{"app": "mocka", tagLabel: "canary", canaryMarker: "1"},
			reasons: []string{apiv1.ReasonBaselineMissing},
		},
		"labels by which workloads find their pods are never touched": {
			labels: map[string]string{"app": "mocka", "pod-template-hash": "abc"},
			placements: []lane.Placement{placed(lane.Group{Name: "hashes", Baseline: "base", Lanes: []lane.Lane{
				{Name: "base", Selector: map[string]string{"pod-template-hash": "xyz"}},
			}}, releasing(false), func(p *lane.Placement) { p.Pod.Owner.Locked = lane.SelectorKeys(nil) })},
			verdict: verdictLeftAlone,
			want:    map[string]string{"app": "mocka", "pod-template-hash": "abc"},
			reasons: []string{apiv1.ReasonLaneLabelInSelector},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := stampOf(tc.placements, tc.labels)

			assert.Equal(t, tc.verdict, got.verdict)
			assert.Equal(t, tc.want, got.change.Apply(tc.labels))
			var reasons []string
			for _, p := range got.problems {
				reasons = append(reasons, p.Reason)
			}
			assert.Equal(t, tc.reasons, reasons)

			again := stampOf(tc.placements, got.change.Apply(tc.labels))
			assert.True(t, again.change.Empty(), "asked twice, changed %s", again.change)
		})
	}
}
