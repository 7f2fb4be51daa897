package rolloutwatch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

// What people do to a release besides approving and undoing it.

var mockbRequest = serviceRequest{"rollout", mockb}

func TestPauseChangesNothing(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	w := newWorld(t, c.objects(newRollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	w.events()
	w.stand("Progressing", "Paused", "")
	w.settle()
	assert.Empty(t, w.events())
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockbRequest])
}

// Kruise promotes, and the lane goes with the last canary pod.
func TestDeletingTheRolloutPromotes(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	rollout := newRollout("Progressing", "InRolling", "")
	w := newWorld(t, c.objects(rollout, d, rs, pod)...)
	w.settle()
	w.events()
	w.stand("Terminating", "InRolling", "")
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockbRequest])
	w.delete(rollout)
	w.settle()
	assert.Equal(t, []string{"Promoted"}, w.events(), "on the lane: the Rollout is gone")
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockbRequest], "while the canary pod lives")
	w.delete(pod, rs, d)
	w.settle()
	assert.Equal(t, []string{"LeftLane"}, w.events())
}

// With several gray lanes the label that the Rollout gave the canary says which it
// was in.
func TestACanaryWhoseRolloutIsGoneStaysInItsLane(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	d.Spec.Template.Labels[tagLabel] = "canary"
	rollout := newRollout("Progressing", "InRolling", "")
	w := newWorld(t, c.objects(newLane("s2"), rollout, d, rs, pod)...)
	w.settle()
	w.delete(rollout)
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockbRequest])
}

func TestDisablingTheRolloutPromotes(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	w := newWorld(t, c.objects(newRollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	w.events()
	w.stand("Disabling", "InRolling", "")
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockbRequest])
	w.stand("Disabled", "InRolling", "")
	w.delete(pod, rs, d)
	w.settle()
	assert.Equal(t, []string{"LeftLane", "Promoted", "Promoted"}, w.events())
	assert.Equal(t, []string{"base"}, w.mesh.services[mockbRequest])
}

// Kruise leaves the canary of a workload that was deleted running, also when
// the workload is back.
func TestCanaryOfADeletedWorkloadIsRetired(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	d.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	w := newWorld(t, c.objects(newRollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	w.delete(c.pod, c.replicaSet, c.stable)
	w.stand("Initial", "", "")
	w.settle()
	assert.Equal(t, []string{"base"}, w.mesh.services[mockbRequest])

	c.stable.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	w.create(c.stable, c.replicaSet, c.pod)
	w.stand("Healthy", "", "")
	w.settle()
	assert.Equal(t, []string{"base"}, w.mesh.services[mockbRequest])
	require.True(t, w.exists(pod))
	assert.Equal(t, "canary", pod.Labels[tagLabel], "it never becomes the baseline")
}

// Kruise's next release hangs on the canary that was left behind. Its version
// must not be in the lane again.
func TestCanaryLeftBehindIsNotTheNextReleases(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	d.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	c.stable.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	w := newWorld(t, c.objects(newRollout("Healthy", "", ""))...)
	w.settle()
	w.create(d, rs, pod)
	w.stand("Progressing", "InRolling", "")
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockbRequest], "the next release's pods are on their way")
	assert.Equal(t, "mockb.default(0/0)", w.lane("canary").Status.ServicesSummary)
	require.True(t, w.exists(pod))
	assert.Contains(t, pod.Labels, apiv1.LabelOutside)
	assert.NotContains(t, pod.Labels, apiv1.LaneMarker("canary"))
}

// Its finalizer keeps a canary Deployment that somebody deletes, and its pods
// serve the lane as long as they live.
func TestDeletedCanaryDeploymentServesWhileItsPodsLive(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	d.Finalizers = []string{"finalizer.rollouts.kruise.io/batch-release"}
	w := newWorld(t, c.objects(newRollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	w.events()
	w.delete(d)
	w.settle()
	assert.Empty(t, w.events())
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockbRequest])
	assert.Equal(t, "mockb.default(1/1)", w.lane("canary").Status.ServicesSummary)

	w.delete(pod)
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockbRequest], "Kruise has not ended the release")
	assert.Equal(t, "mockb.default(0/0)", w.lane("canary").Status.ServicesSummary)
	assert.Equal(t, apiv1.ReasonNoReadyPods, condition(t, w.lane("canary").Status.Conditions, apiv1.ConditionReady).Reason)
}

func TestWhatIsMissingIsSaidOfEveryKindOfUnpreparedPod(t *testing.T) {
	for name, tc := range map[string]struct {
		label   string // the pods' lane label; empty for none
		driven  bool
		locked  bool
		reason  string
		message string
		label2  string // after a look
	}{
		"no label":                          {"", false, false, apiv1.ReasonUnlabelledPods, "1 of its ready pods (e.g. stable-1): it carries no lane label (ASM_TRAFFIC_TAG)", ""},
		"no label, and a Rollout":           {"", true, false, "", "", "base"},
		"an unknown value":                  {"v9", false, false, apiv1.ReasonLaneUnknown, "1 of its ready pods (e.g. stable-1): its label ASM_TRAFFIC_TAG=v9 belongs to no lane of the group", "v9"},
		"an unknown value, and a Rollout":   {"v9", true, false, "", "", "base"},
		"in the selector":                   {"v9", false, true, apiv1.ReasonLaneUnknown, "its label ASM_TRAFFIC_TAG=v9", "v9"},
		"in the selector, and a Rollout":    {"v9", true, true, apiv1.ReasonLaneLabelInSelector, "Deployment/mockb-v1 selects its pods by the lane label ASM_TRAFFIC_TAG", "v9"},
		"the baseline's in the selector":    {"base", false, true, "", "", "base"},
		"the baseline's, locked and driven": {"base", true, true, apiv1.ReasonLaneLabelInSelector, "Deployment/mockb-v1 selects its pods by the baseline's label", "base"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain()
			c.pod.Labels = map[string]string{"app": "mockb"}
			if tc.label != "" {
				c.pod.Labels[tagLabel] = tc.label
			}
			if tc.locked {
				c.stable.Spec.Selector.MatchLabels[tagLabel] = tc.label
			}
			objects := c.objects()
			if tc.driven {
				objects = append(objects, newRollout("Healthy", "Completed", "True"))
			}
			w := newWorld(t, objects...)
			w.settle()
			require.True(t, w.exists(c.pod))
			assert.Equal(t, tc.label2, c.pod.Labels[tagLabel])
			row := w.group().Status.Services[0]
			_, taken := w.mesh.services[mockbRequest]
			assert.Equal(t, tc.reason == "", taken, "%+v", row)
			assert.Equal(t, tc.reason == "", row.Programmed)
			if tc.reason == "" {
				return
			}
			assert.Equal(t, tc.reason, row.Reason)
			assert.Contains(t, row.Message, tc.message)
			ready := condition(t, w.group().Status.Conditions, apiv1.ConditionReady)
			assert.Equal(t, metav1.ConditionFalse, ready.Status)
			assert.Contains(t, ready.Message, tc.message)
		})
	}
}
