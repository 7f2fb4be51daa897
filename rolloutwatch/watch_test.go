package rolloutwatch

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	apiv1 "lanekeeper.io/api/v1"
)

func TestEventsFindTheirServices(t *testing.T) {
	c := newChain()
	d, _, pod := c.canary()
	stranger := newPod("stranger", "base", nil)
	stranger.Labels["app"] = "else"
	elsewhere := newPod("elsewhere", "base", nil)
	elsewhere.Namespace = "other"
	rollout, lost, otherKind := newRollout("Healthy", "", ""), newRollout("Healthy", "", ""), newRollout("Healthy", "", "")
	lost.Spec.WorkloadRef.Name = "nobody"
	orphaned := newRollout("Initial", "", "")
	orphaned.Spec.WorkloadRef.Name = "deleted"
	left, _, _ := c.canary()
	left.Name, left.Labels = "left", map[string]string{labelCanaryOf: "deleted"}
	otherKind.Spec.WorkloadRef = workloadOfKind("StatefulSet", "set")
	foreignLane := newLane("s2")
	foreignLane.Labels = nil
	removed := newGroup()
	removed.Spec.Services = []apiv1.ServiceReference{{Namespace: "default", Name: "gone"}}
	foreign := card("x", "rollout", "mockb")
	foreign.Labels[apiv1.LabelManagedBy] = "somebody"

	speaks := func(kind, value string) client.Object {
		o := card("theirs", "", "")
		o.Labels, o.Data = nil, map[string]string{kind: value}
		return o
	}

	w := watches{facts: newFacts(t, c.objects(rollout, left)...), provider: cards{}}
	all, err := w.facts.catalogs.get(t.Context(), w.facts.Client)
	require.NoError(t, err)
	ours := []serviceRequest{{"rollout", mockb}}
	for name, tc := range map[string]struct {
		mapping func(watches, context.Context, *catalog, client.Object) ([]serviceRequest, error)
		object  client.Object
		want    []serviceRequest
	}{
		"a pod":                        {watches.ofPod, pod, ours},
		"a pod of no Service":          {watches.ofPod, stranger, nil},
		"a pod of another namespace":   {watches.ofPod, elsewhere, nil},
		"the stable Deployment":        {watches.ofDeployment, c.stable, ours},
		"the canary Deployment":        {watches.ofDeployment, d, ours},
		"the Service":                  {watches.ofService, c.service, ours},
		"a Rollout":                    {watches.ofRollout, rollout, ours},
		"a Rollout without workload":   {watches.ofRollout, lost, nil},
		"a Rollout with a canary only": {watches.ofRollout, orphaned, ours},
		"a Rollout of another kind":    {watches.ofRollout, otherKind, ours},
		"a lane":                       {watches.ofLane, c.gray, ours},
		"a lane of no group":           {watches.ofLane, foreignLane, nil},
		"a group before it lost one":   {watches.ofGroup, removed, []serviceRequest{{"rollout", types.NamespacedName{Namespace: "default", Name: "gone"}}}},
		"a group":                      {watches.ofGroup, c.group, append(ours, ours...)},
		"an object of ours":            {watches.ofTraffic, card("x", "rollout", "mockb"), ours},
		"an entry of ours":             {watches.ofTraffic, card("x", "rollout", ""), ours},
		"an object that is not ours":   {watches.ofTraffic, foreign, nil},
		"another's for the Service":    {watches.ofTraffic, speaks("service", "mockb"), ours},
		"another's for some Service":   {watches.ofTraffic, speaks("service", "mockz"), nil},
		"another's for a wildcard":     {watches.ofTraffic, speaks("prefix", "mock"), ours},
		"another's for another one":    {watches.ofTraffic, speaks("prefix", "shop"), nil},
		"another's on a gateway only":  {watches.ofTraffic, speaks("gateway", "gw"), nil},
		"an object of a Service gone":  {watches.ofTraffic, card("x", "old", "mockb"), []serviceRequest{{"old", mockb}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.mapping(w, t.Context(), all, tc.object)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestOnlyChangesThatMatterPass(t *testing.T) {
	going := metav1.Time{Time: time.Now()}
	c := newChain()
	for name, tc := range map[string]struct {
		predicate predicate.Predicate
		object    client.Object
		change    func(o client.Object)
		want      bool
	}{
		"pod: another address":    {podChanged, c.pod, func(o client.Object) { o.(*corev1.Pod).Status.PodIP = "10.1.1.1" }, false},
		"pod: not ready":          {podChanged, c.pod, func(o client.Object) { o.(*corev1.Pod).Status.Conditions = nil }, true},
		"pod: ended":              {podChanged, c.pod, func(o client.Object) { o.(*corev1.Pod).Status.Phase = corev1.PodFailed }, true},
		"pod: going":              {podChanged, c.pod, func(o client.Object) { o.SetDeletionTimestamp(&going) }, true},
		"pod: relabelled":         {podChanged, c.pod, func(o client.Object) { o.SetLabels(nil) }, true},
		"Deployment: scaled":      {deploymentChanged, c.stable, func(o client.Object) { o.SetGeneration(7) }, false},
		"Deployment: marked":      {deploymentChanged, c.stable, func(o client.Object) { o.SetAnnotations(map[string]string{annotationInProgressing: "x"}) }, true},
		"Deployment: other label": {deploymentChanged, c.stable, func(o client.Object) { o.(*appsv1.Deployment).Spec.Template.Labels = nil }, true},
		"Rollout: message":        {rolloutChanged, newRollout("Healthy", "", ""), func(o client.Object) { o.(*rolloutOf).Status.Message = "x" }, false},
		"Rollout: step state":     {rolloutChanged, newRollout("Healthy", "", ""), func(o client.Object) { o.(*rolloutOf).Status.CurrentStepState = "StepPaused" }, false},
		"Rollout: phase":          {rolloutChanged, newRollout("Healthy", "", ""), func(o client.Object) { o.(*rolloutOf).Status.Phase = "Progressing" }, true},
		"Rollout: undone":         {rolloutChanged, newRollout("Healthy", "InRolling", ""), func(o client.Object) { stand(o.(*rolloutOf), "Healthy", "Cancelling", "") }, true},
		"Rollout: another lane":   {rolloutChanged, newRollout("Healthy", "", ""), func(o client.Object) { o.SetAnnotations(map[string]string{apiv1.AnnotationLane: "s2"}) }, true},
		"lane: counts":            {laneChanged, c.gray, func(o client.Object) { o.(*apiv1.ASMSwimLane).Status.ServicesSummary = "x" }, false},
		"lane: accepted":          {laneChanged, c.gray, func(o client.Object) { o.(*apiv1.ASMSwimLane).Status.Conditions = nil }, true},
		"lane: moved":             {laneChanged, c.gray, func(o client.Object) { o.SetLabels(nil) }, true},
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

func TestServicesAreIndexedByWhatTellsThemApart(t *testing.T) {
	for want, selector := range map[string]map[string]string{
		"name=mockb":   {"app.kubernetes.io/instance": "shop", "name": "mockb", "tier": "x"},
		"instance=one": {"instance": "one", "tier": "x"},
		"":             nil,
	} {
		s := newService()
		s.Spec.Selector = selector
		assert.Equal(t, want, selectorPair(s))
	}
}
