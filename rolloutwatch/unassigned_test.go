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

// Pods of no lane, of a Service that is taken over.

func TestPodsThatNoRequestMeetsAreNamed(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.settle()
	unlabelled := fixture.Pod("unlabelled", "base", nil)
	delete(unlabelled.Labels, fixture.TagLabel)
	w.create(unlabelled)
	w.settle()
	row := w.group().Status.Services[0]
	assert.True(t, row.Programmed)
	assert.Equal(t, apiv1.ReasonUnlabelledPods, row.Reason)
	assert.Contains(t, row.Message, "no request meets 1 of its ready pods (e.g. unlabelled)")
	ready := condition(t, w.group().Status.Conditions, apiv1.ConditionReady)
	assert.Equal(t, metav1.ConditionTrue, ready.Status)
	assert.Contains(t, ready.Message, "default/mockb: no request meets 1 of its ready pods (e.g. unlabelled)")

	w.delete(unlabelled)
	w.settle()
	assert.Empty(t, w.group().Status.Services[0].Reason)
}

func TestACanaryThatWasLeftBehindIsNamed(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	d.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	c.Stable.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	w := newWorld(t, c.Objects(fixture.Rollout("Healthy", "", ""))...)
	w.settle()
	w.create(d, rs, pod)
	w.settle()
	assert.Equal(t, apiv1.ReasonCanaryLeftBehind, w.group().Status.Services[0].Reason)
}

// A Rollout without a lane, of a workload whose template carries the baseline's
// label.
func TestACanaryWithoutALaneServesNobody(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	rollout := fixture.Rollout("Progressing", "InRolling", "")
	rollout.Spec.Strategy.Canary.PatchPodTemplateMetadata = nil
	rollout.Annotations = map[string]string{apiv1.AnnotationLane: "nobody"}
	pod.Labels = map[string]string{"app": "mockb", fixture.TagLabel: "base"}
	w := newWorld(t, c.Objects()...)
	w.settle()
	w.create(rollout, d, rs, pod)
	w.settle()
	require.True(t, w.exists(pod))
	assert.Equal(t, map[string]string{"app": "mockb", apiv1.LabelOutside: "1"}, pod.Labels)
	row := w.group().Status.Services[0]
	assert.Equal(t, apiv1.ReasonLaneUnknown, row.Reason)
	assert.Contains(t, row.Message, `names "nobody"`)
}

// Nothing can keep its pods out of the baseline once it is taken over.
func TestACanaryThatServesEverybodyIsNoSecret(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	for _, selector := range []*metav1.LabelSelector{c.Stable.Spec.Selector, d.Spec.Selector} {
		selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: fixture.TagLabel, Operator: metav1.LabelSelectorOpIn, Values: []string{"base"}}}
	}
	pod.Labels = map[string]string{"app": "mockb", fixture.TagLabel: "base"}
	w := newWorld(t, c.Objects()...)
	w.settle()
	w.create(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)
	w.settle()
	require.True(t, w.exists(pod))
	assert.Equal(t, "base", pod.Labels[fixture.TagLabel], "its workload would lose it")
	row := w.group().Status.Services[0]
	assert.False(t, row.Programmed)
	assert.Equal(t, apiv1.ReasonLaneLabelInSelector, row.Reason)
	assert.Contains(t, row.Message, "everybody meets a version that nobody approved")
	assert.Equal(t, metav1.ConditionFalse, condition(t, w.group().Status.Conditions, apiv1.ConditionReady).Status)
}
