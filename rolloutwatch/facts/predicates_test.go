package facts

import (
	"testing"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

func TestOnlyChangesThatMatterPass(t *testing.T) {
	going := metav1.Time{Time: time.Now()}
	c := fixture.NewChain()
	for name, tc := range map[string]struct {
		predicate predicate.Predicate
		object    client.Object
		change    func(o client.Object)
		want      bool
	}{
		"pod: another address":    {PodChanged, c.Pod, func(o client.Object) { o.(*corev1.Pod).Status.PodIP = "10.1.1.1" }, false},
		"pod: not ready":          {PodChanged, c.Pod, func(o client.Object) { o.(*corev1.Pod).Status.Conditions = nil }, true},
		"pod: ended":              {PodChanged, c.Pod, func(o client.Object) { o.(*corev1.Pod).Status.Phase = corev1.PodFailed }, true},
		"pod: going":              {PodChanged, c.Pod, func(o client.Object) { o.SetDeletionTimestamp(&going) }, true},
		"pod: relabelled":         {PodChanged, c.Pod, func(o client.Object) { o.SetLabels(nil) }, true},
		"Deployment: scaled":      {WorkloadChanged, c.Stable, func(o client.Object) { o.SetGeneration(7) }, false},
		"Deployment: marked":      {WorkloadChanged, c.Stable, func(o client.Object) { o.SetAnnotations(map[string]string{annotationInProgressing: "x"}) }, true},
		"Deployment: other label": {WorkloadChanged, c.Stable, func(o client.Object) { o.(*appsv1.Deployment).Spec.Template.Labels = nil }, true},
		"Rollout: message":        {RolloutChanged, fixture.Rollout("Healthy", "", ""), func(o client.Object) { o.(*kruisev1beta1.Rollout).Status.Message = "x" }, false},
		"Rollout: step state":     {RolloutChanged, fixture.Rollout("Healthy", "", ""), func(o client.Object) { o.(*kruisev1beta1.Rollout).Status.CurrentStepState = "StepPaused" }, false},
		"Rollout: phase":          {RolloutChanged, fixture.Rollout("Healthy", "", ""), func(o client.Object) { o.(*kruisev1beta1.Rollout).Status.Phase = "Progressing" }, true},
		"Rollout: undone":         {RolloutChanged, fixture.Rollout("Healthy", "InRolling", ""), func(o client.Object) { fixture.SetStatus(o.(*kruisev1beta1.Rollout), "Healthy", "Cancelling", "") }, true},
		"Rollout: another lane":   {RolloutChanged, fixture.Rollout("Healthy", "", ""), func(o client.Object) { o.SetAnnotations(map[string]string{apiv1.AnnotationLane: "s2"}) }, true},
		"lane: counts":            {LaneChanged, c.Gray, func(o client.Object) { o.(*apiv1.ASMSwimLane).Status.ServicesSummary = "x" }, false},
		"lane: accepted":          {LaneChanged, c.Gray, func(o client.Object) { o.(*apiv1.ASMSwimLane).Status.Conditions = nil }, true},
		"lane: made anew":         {LaneChanged, c.Gray, func(o client.Object) { o.SetUID("another") }, true},
		"group: counts":           {GroupChanged, c.Group, func(o client.Object) { o.(*apiv1.ASMSwimLaneGroup).Status.Conditions = nil }, false},
		"group: another spec":     {GroupChanged, c.Group, func(o client.Object) { o.SetGeneration(7) }, true},
		"group: made anew":        {GroupChanged, c.Group, func(o client.Object) { o.SetUID("another") }, true},
		"pod: made anew":          {PodChanged, c.Pod, func(o client.Object) { o.SetUID("another") }, true},
		"lane: moved":             {LaneChanged, c.Gray, func(o client.Object) { o.SetLabels(nil) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			after := tc.object.DeepCopyObject().(client.Object)
			tc.change(after)
			assert.Equal(t, tc.want, tc.predicate.Update(event.UpdateEvent{ObjectOld: tc.object, ObjectNew: after}))
			assert.True(t, tc.predicate.Create(event.CreateEvent{Object: after}))
			assert.True(t, tc.predicate.Delete(event.DeleteEvent{Object: after}))
		})
	}
}
