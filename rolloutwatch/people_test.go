package rolloutwatch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

// What people do to a release besides approving and undoing it.

func TestPauseChangesNothing(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	w.events()
	w.setRollout("Progressing", "Paused", "")
	w.settle()
	assert.Empty(t, w.events())
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockb])
}

// Kruise promotes, and the lane goes with the last canary pod.
func TestDeletingTheRolloutPromotes(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	rollout := fixture.Rollout("Progressing", "InRolling", "")
	w := newWorld(t, c.Objects(rollout, d, rs, pod)...)
	w.settle()
	w.events()
	w.setRollout("Terminating", "InRolling", "")
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockb])
	w.delete(rollout)
	w.settle()
	assert.Equal(t, []string{"Promoted"}, w.events(), "on the lane: the Rollout is gone")
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockb], "while the canary pod lives")
	w.delete(pod, rs, d)
	w.settle()
	assert.Equal(t, []string{"LeftLane"}, w.events())
}

// With several gray lanes the label that the Rollout gave the canary says which it
// was in.
func TestACanaryWhoseRolloutIsGoneStaysInItsLane(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	d.Spec.Template.Labels[fixture.TagLabel] = "canary"
	rollout := fixture.Rollout("Progressing", "InRolling", "")
	w := newWorld(t, c.Objects(fixture.Lane("s2"), rollout, d, rs, pod)...)
	w.settle()
	w.delete(rollout)
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockb])
}

func TestDisablingTheRolloutPromotes(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	w.events()
	w.setRollout("Disabling", "InRolling", "")
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockb])
	w.setRollout("Disabled", "InRolling", "")
	w.delete(pod, rs, d)
	w.settle()
	assert.Equal(t, []string{"LeftLane", "Promoted", "Promoted"}, w.events())
	assert.Equal(t, []string{"base"}, w.mesh.services[mockb])
}

// Kruise leaves the canary of a workload that was deleted running, also when
// the workload is back.
func TestCanaryOfADeletedWorkloadIsRetired(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	d.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	w.delete(c.Pod, c.ReplicaSet, c.Stable)
	w.setRollout("Initial", "", "")
	w.settle()
	assert.Equal(t, []string{"base"}, w.mesh.services[mockb])

	c.Stable.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	w.create(c.Stable, c.ReplicaSet, c.Pod)
	w.setRollout("Healthy", "", "")
	w.settle()
	assert.Equal(t, []string{"base"}, w.mesh.services[mockb])
	require.True(t, w.exists(pod))
	assert.Equal(t, "canary", pod.Labels[fixture.TagLabel], "it never becomes the baseline")
}

// Kruise's next release hangs on the canary that was left behind. Its version
// must not be in the lane again.
func TestCanaryLeftBehindIsNotTheNextReleases(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	d.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	c.Stable.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	w := newWorld(t, c.Objects(fixture.Rollout("Healthy", "", ""))...)
	w.settle()
	w.create(d, rs, pod)
	w.setRollout("Progressing", "InRolling", "")
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockb], "the next release's pods are on their way")
	assert.Equal(t, "mockb.default(0/0)", w.lane("canary").Status.ServicesSummary)
	require.True(t, w.exists(pod))
	assert.Contains(t, pod.Labels, apiv1.LabelOutside)
	assert.NotContains(t, pod.Labels, apiv1.LaneMarker("canary"))
}

// Its finalizer keeps a canary Deployment that somebody deletes, and its pods
// serve the lane as long as they live.
func TestDeletedCanaryDeploymentServesWhileItsPodsLive(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	d.Finalizers = []string{"finalizer.rollouts.kruise.io/batch-release"}
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	w.events()
	w.delete(d)
	w.settle()
	assert.Empty(t, w.events())
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockb])
	assert.Equal(t, "mockb.default(1/1)", w.lane("canary").Status.ServicesSummary)

	w.delete(pod)
	w.settle()
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockb], "Kruise has not ended the release")
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
		label2  string // after a reconciliation
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
			c := fixture.NewChain()
			c.Pod.Labels = map[string]string{"app": "mockb"}
			if tc.label != "" {
				c.Pod.Labels[fixture.TagLabel] = tc.label
			}
			if tc.locked {
				c.Stable.Spec.Selector.MatchLabels[fixture.TagLabel] = tc.label
			}
			objects := c.Objects()
			if tc.driven {
				objects = append(objects, fixture.Rollout("Healthy", "Completed", "True"))
			}
			w := newWorld(t, objects...)
			w.settle()
			require.True(t, w.exists(c.Pod))
			assert.Equal(t, tc.label2, c.Pod.Labels[fixture.TagLabel])
			row := w.group().Status.Services[0]
			_, taken := w.mesh.services[mockb]
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

// The next version is published while the canary of the last one still stands.
func TestAnUndoneVersionDoesNotRejoin(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	d.CreationTimestamp = metav1.NewTime(time.Unix(1003, 0))
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	isOut := func(when string) {
		t.Helper()
		require.True(t, w.exists(pod))
		assert.Contains(t, pod.Labels, apiv1.LabelOutside, when)
		assert.NotContains(t, pod.Labels, apiv1.LaneMarker("canary"), when)
	}
	w.setRollout("Progressing", "Cancelling", "")
	w.settle()
	isOut("undone")
	w.setRollout("Healthy", "Completed", "False")
	w.settle()

	mark := func(value map[string]string) {
		t.Helper()
		require.True(t, w.exists(c.Stable))
		c.Stable.Annotations = value
		require.NoError(t, w.client.Update(t.Context(), c.Stable))
	}
	mark(map[string]string{"rollouts.kruise.io/in-progressing": `{"rolloutName":"rollouts-mockb"}`})
	w.settle()
	isOut("published, and the status is the last release's")
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[mockb], "the next version's pods are on their way")
	assert.Equal(t, "mockb.default(0/0)", w.lane("canary").Status.ServicesSummary)

	w.setRolloutBegan(2000, "Progressing", "InRolling", "")
	w.settle()
	isOut("rolling")
	assert.Equal(t, apiv1.ReasonCanaryLeftBehind, w.group().Status.Services[0].Reason)
	assert.True(t, w.group().Status.Services[0].Programmed, "it is a note")

	next := fixture.Canary("mockb-v1-zzzzz", c.Stable.Name)
	next.CreationTimestamp = metav1.NewTime(time.Unix(2003, 0))
	set := fixture.ReplicaSet(next)
	nextPod := fixture.Pod("canary-2", "canary", set)
	w.create(next, set, nextPod)
	w.settle()
	isOut("beside the next")
	assert.Equal(t, "mockb.default(1/1)", w.lane("canary").Status.ServicesSummary)
	require.True(t, w.exists(nextPod))
	assert.Contains(t, nextPod.Labels, apiv1.LaneMarker("canary"))

	mark(nil)
	w.setRolloutBegan(2000, "Healthy", "Completed", "True")
	w.delete(nextPod, set, next)
	w.settle()
	isOut("the next one is promoted")
	assert.Equal(t, []string{"base"}, w.mesh.services[mockb])
}
