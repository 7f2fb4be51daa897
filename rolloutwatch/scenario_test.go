package rolloutwatch

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

func condition(t *testing.T, conditions []metav1.Condition, kind string) metav1.Condition {
	t.Helper()
	c := meta.FindStatusCondition(conditions, kind)
	require.NotNil(t, c, "condition %s", kind)
	return *c
}

func TestPublishAndApprove(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects(fixture.Rollout("Healthy", "Completed", "True"))...)
	w.settle()
	assert.Empty(t, w.events(), "taking over is no change of lanes")
	assert.Equal(t, "mockb.default(1/1)", w.lane("base").Status.ServicesSummary)
	assert.Equal(t, metav1.ConditionTrue, condition(t, w.group().Status.Conditions, apiv1.ConditionReady).Status)
	assert.Equal(t, "1/1", w.group().Status.ServicesReady)

	d, rs, pod := c.Canary()
	pod.Status.Conditions = nil
	w.create(d, rs, pod)
	w.setRollout("Progressing", "InRolling", "")
	w.settle()
	assert.Equal(t, []string{"JoinedLane", "JoinedLane"}, w.events(), "on the lane and on the Rollout")
	gray := w.lane("canary")
	assert.Equal(t, "mockb.default(0/1)", gray.Status.ServicesSummary)
	assert.Equal(t, apiv1.ReasonNoReadyPods, condition(t, gray.Status.Conditions, apiv1.ConditionReady).Reason)
	assert.Equal(t, []string{"canary"}, w.group().Status.Services[0].Lanes)

	ready := pod.DeepCopy()
	ready.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	require.NoError(t, w.client.Status().Update(t.Context(), ready))
	w.settle()
	assert.Equal(t, metav1.ConditionTrue, condition(t, w.lane("canary").Status.Conditions, apiv1.ConditionReady).Status)
	assert.Equal(t, "mockb.default(1/1)", w.lane("canary").Status.ServicesSummary)

	w.setRollout("Progressing", "Finalising", "")
	w.settle()
	assert.Empty(t, w.events())
	assert.Equal(t, []string{"base", "canary"}, w.mesh.services[lane.GroupService{Group: "rollout", Service: fixture.Mockb}], "until the last canary pod is gone")

	w.setRollout("Healthy", "Completed", "True")
	w.delete(pod, rs, d)
	w.settle()
	assert.Equal(t, []string{"LeftLane", "Promoted", "Promoted"}, w.events())
	assert.Empty(t, w.lane("canary").Status.Services)
	assert.Empty(t, w.lane("canary").Status.ServicesSummary)
	assert.Equal(t, []string{"base"}, w.mesh.services[lane.GroupService{Group: "rollout", Service: fixture.Mockb}])
}

func TestRestartTellsNothingTwice(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	assert.NotEmpty(t, w.events())
	w.store.Remove(lane.GroupService{Group: "rollout", Service: fixture.Mockb}) // as after a start
	w.settle()
	assert.Empty(t, w.events())
}

func TestUndoTakesTheLaneAwayAtOnce(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	w.events()

	w.setRollout("Progressing", "Cancelling", "")
	w.settle()
	assert.Equal(t, []string{"LeftLane"}, w.events())
	assert.Equal(t, []string{"base"}, w.mesh.services[lane.GroupService{Group: "rollout", Service: fixture.Mockb}])

	w.setRollout("Healthy", "Completed", "False")
	w.settle()
	assert.Equal(t, []string{"RolledBack", "RolledBack"}, w.events())
	assert.Equal(t, []string{"base"}, w.mesh.services[lane.GroupService{Group: "rollout", Service: fixture.Mockb}], "although its pod still lives")
}

func TestTwoGroupsDoNotFightOverAPod(t *testing.T) {
	c := fixture.NewChain()
	pod := fixture.Pod("canary-1", "canary", nil)
	c.Group.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	younger, all, base := fixture.Group(), fixture.Service("mockb"), fixture.Lane("base-2")
	younger.Name, younger.Spec.Services[0].Name = "younger", "all"
	younger.Spec.PermissiveModeConfiguration.FallbackTarget = "base-2"
	younger.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	all.Name, all.UID = "all", "uid-all"
	base.Labels[apiv1.LabelSwimLaneGroup] = "younger"
	w := newWorld(t, c.Objects(pod, younger, all, base)...)
	second := lane.GroupService{Group: "younger", Service: client.ObjectKeyFromObject(all)}
	_, err := w.services.Reconcile(t.Context(), second)
	require.NoError(t, err)
	require.Len(t, w.mesh.applied[0].Relabel, 2, "to the younger group all pods are outsiders")
	require.True(t, w.exists(pod))
	assert.NotContains(t, pod.Labels, apiv1.LabelOutside)
	assert.Equal(t, apiv1.ReasonConflict, w.store.Of("younger")[second.Service].Problem.Reason)
}

func TestNothingIsWrittenTwice(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects(fixture.Rollout("Healthy", "Completed", "True"))...)
	w.settle()
	writes := w.writes
	w.settle()
	assert.Equal(t, writes, w.writes)
}

func TestNoStatusBeforeEveryServiceWasLookedAt(t *testing.T) {
	c := fixture.NewChain()
	c.Group.Spec.Services = append(c.Group.Spec.Services, apiv1.ServiceReference{Namespace: "default", Name: "mockc"})
	w := newWorld(t, c.Objects()...)
	require.NoError(t, w.reconcile())
	w.rollUp()
	assert.Zero(t, w.writes)

	other := fixture.Mockb
	other.Name = "mockc"
	_, err := w.services.Reconcile(t.Context(), lane.GroupService{Group: "rollout", Service: other})
	require.NoError(t, err)
	w.rollUp()
	g := w.group()
	assert.Equal(t, "1/2", g.Status.ServicesReady)
	assert.Equal(t, apiv1.ReasonServiceNotFound, g.Status.Services[1].Reason)
	assert.Equal(t, apiv1.ReasonServiceNotFound, condition(t, g.Status.Conditions, apiv1.ConditionReady).Reason)
}

func TestErrorsAreTold(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.mesh.err = errors.New("no route to host")
	require.ErrorIs(t, w.reconcile(), w.mesh.err)
	_, err := w.groups.Reconcile(t.Context(), requestFor(c.Group))
	require.ErrorIs(t, err, w.mesh.err)
	assert.Equal(t, apiv1.ReasonWriteFailed, w.group().Status.Services[0].Reason)
	assert.Equal(t, apiv1.ReasonWriteFailed, condition(t, w.group().Status.Conditions, apiv1.ConditionIngressProgrammed).Reason)
	assert.NotContains(t, condition(t, w.group().Status.Conditions, apiv1.ConditionReady).Message, "no route to host", "which may differ each time")

	for name, err := range map[string]error{
		"stale":    trafficprovider.ErrStale,
		"conflict": apierrors.NewConflict(schema.GroupResource{Resource: "destinationrules"}, "x", nil),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.Objects()...)
			w.mesh.err = err
			require.NoError(t, w.reconcile())
			assert.Empty(t, w.store.Of("rollout"), "no status shows it")
		})
	}
}

func TestConflictIsAnEventAndAReason(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.mesh.problem = &lane.Problem{Reason: apiv1.ReasonConflict, Message: "VirtualService default/theirs routes the same host"}
	w.settle()
	assert.Equal(t, []string{apiv1.ReasonConflict}, w.events(), "once")
	assert.Equal(t, apiv1.ReasonConflict, w.group().Status.Services[0].Reason)
	assert.False(t, w.group().Status.Services[0].Programmed)
}

func TestNewLaneWaitsUntilItIsIsolated(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.settle()
	fresh := fixture.Lane("s2")
	fresh.Status = apiv1.ASMSwimLaneStatus{}
	pod := fixture.Pod("s2-1", "s2", nil)
	delete(pod.Labels, apiv1.LaneMarker("s2"))
	w.mesh.slow = true
	w.create(fresh, pod)
	w.settle()
	accepted := condition(t, w.lane("s2").Status.Conditions, apiv1.ConditionAccepted)
	assert.Equal(t, apiv1.ReasonSettling, accepted.Reason)
	require.True(t, w.exists(pod))
	assert.Contains(t, pod.Labels, apiv1.LabelOutside)

	w.mesh.slow = false
	w.settle()
	assert.True(t, lane.Accepted(w.lane("s2")))
	require.True(t, w.exists(pod))
	assert.Contains(t, pod.Labels, apiv1.LaneMarker("s2"))
	assert.NotContains(t, pod.Labels, apiv1.LabelOutside)

	w.mesh.slow = true
	w.settle()
	assert.True(t, lane.Accepted(w.lane("s2")), "it latches")
}

// A status is for people. The traffic objects decide about pods.
func TestAnEditedStatusUnmarksNobody(t *testing.T) {
	c := fixture.NewChain()
	pod := fixture.Pod("canary-1", "canary", nil)
	w := newWorld(t, c.Objects(pod)...)
	w.settle()
	edited := w.lane("canary")
	edited.Status = apiv1.ASMSwimLaneStatus{}
	require.NoError(t, w.client.Status().Update(t.Context(), edited))
	require.NoError(t, w.reconcile())
	require.True(t, w.exists(pod))
	assert.Contains(t, pod.Labels, apiv1.LaneMarker("canary"))
	w.settle()
	assert.True(t, lane.Accepted(w.lane("canary")), "it is put back")
}

func TestLaneIsDeletedInStages(t *testing.T) {
	c := fixture.NewChain()
	pod := fixture.Pod("canary-1", "canary", nil)
	w := newWorld(t, c.Objects(pod)...)
	w.settle()
	w.delete(c.Gray)
	w.mesh.slow = true // the subset stays for a settle
	w.settle()
	gray := w.lane("canary")
	ready := condition(t, gray.Status.Conditions, apiv1.ConditionReady)
	assert.Equal(t, apiv1.ReasonDeleting, ready.Reason)
	assert.Contains(t, ready.Message, "default/mockb")
	require.True(t, w.exists(pod))
	assert.Contains(t, pod.Labels, apiv1.LabelOutside, "its pods are outsiders first")

	w.mesh.slow = false
	w.settle()
	assert.False(t, w.exists(c.Gray))
}

// A Service that is frozen keeps its lanes, and their status must tell why.
func TestALaneThatCannotGoSaysWhy(t *testing.T) {
	c := fixture.NewChain()
	c.Gray.Spec.Services = []apiv1.ServiceReference{{Namespace: "default", Name: "mockb"}}
	w := newWorld(t, c.Objects()...)
	w.settle()
	g := w.group()
	g.Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = map[string]string{"default/nobody": "base"}
	require.NoError(t, w.client.Update(t.Context(), g))
	w.settle()
	w.delete(w.lane("canary"))
	w.settle()
	ready := condition(t, w.lane("canary").Status.Conditions, apiv1.ConditionReady)
	assert.Equal(t, apiv1.ReasonDeleting, ready.Reason)
	assert.Contains(t, ready.Message, "default/mockb (Frozen: traffic stays as it was: serviceLevelFallbackTarget names default/nobody, which is not in spec.services")
}

func TestBaselineLaneGoesAndTrafficFreezes(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.settle()
	w.delete(c.Base)
	w.settle()
	assert.False(t, w.exists(c.Base))
	assert.Equal(t, []string{"base"}, w.mesh.services[lane.GroupService{Group: "rollout", Service: fixture.Mockb}])
	g := w.group()
	assert.Equal(t, apiv1.ReasonFrozen, g.Status.Services[0].Reason)
	assert.Equal(t, []string{apiv1.ReasonFrozen}, w.events(), "once")
	assert.Equal(t, apiv1.ReasonBaselineMissing, condition(t, g.Status.Conditions, apiv1.ConditionAccepted).Reason)
}

func TestGroupIsDeletedInStages(t *testing.T) {
	c := fixture.NewChain()
	gray := fixture.Pod("canary-1", "canary", nil)
	object := card("vs-mockb", "rollout", "mockb")
	w := newWorld(t, c.Objects(gray, object)...)
	w.settle()
	w.delete(c.Group)
	w.settle()
	assert.True(t, w.exists(c.Group), "an object of its is left")
	assert.Equal(t, apiv1.ReasonDeleting, condition(t, c.Group.Status.Conditions, apiv1.ConditionReady).Reason)
	require.True(t, w.exists(gray))
	assert.NotContains(t, gray.Labels, apiv1.LaneMarker("canary"), "nothing of ours stays on the pods")
	assert.Equal(t, "canary", gray.Labels[fixture.TagLabel])

	w.delete(object)
	w.settle()
	assert.False(t, w.exists(c.Group))
	assert.Empty(t, w.store.Of("rollout"))
}

func TestLaneWithoutGroup(t *testing.T) {
	orphan := fixture.Lane("s2")
	orphan.Labels[apiv1.LabelSwimLaneGroup] = "nobody"
	w := newWorld(t, orphan)
	_, err := w.lanes.Reconcile(t.Context(), requestFor(orphan))
	require.NoError(t, err)
	assert.Equal(t, apiv1.ReasonGroupNotFound, condition(t, w.lane("s2").Status.Conditions, apiv1.ConditionAccepted).Reason)
	w.delete(w.lane("s2"))
	_, err = w.lanes.Reconcile(t.Context(), requestFor(orphan))
	require.NoError(t, err)
	assert.False(t, w.exists(orphan), "nothing holds it")
}

func TestInvalidEditFreezes(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.settle()
	g := w.group()
	g.Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = map[string]string{"default/nobody": "base"}
	require.NoError(t, w.client.Update(t.Context(), g))
	w.settle()
	assert.Equal(t, apiv1.ReasonInvalid, condition(t, w.group().Status.Conditions, apiv1.ConditionAccepted).Reason)
	assert.Equal(t, apiv1.ReasonFrozen, w.group().Status.Services[0].Reason)
	assert.True(t, lane.Accepted(w.lane("canary")), "its pods keep their marker")
	assert.Equal(t, apiv1.ReasonGroupNotAccepted, condition(t, w.lane("canary").Status.Conditions, apiv1.ConditionReady).Reason)
}

func TestLostRolloutIsReportedOnce(t *testing.T) {
	c := fixture.NewChain()
	stray := fixture.Rollout("Initial", "", "")
	stray.Namespace = "wrong"
	w := newWorld(t, c.Group, c.Base, c.Gray, stray)
	now := time.Unix(1000, 0)
	r := &rolloutReconciler{cluster: w.services.cluster, events: w.services.events, grace: 10 * time.Second,
		now: func() time.Time { return now }, missing: map[types.NamespacedName]*missing{}}
	again := func() time.Duration {
		result, err := r.Reconcile(t.Context(), requestFor(stray))
		require.NoError(t, err)
		return result.RequeueAfter
	}
	assert.Equal(t, 10*time.Second, again(), "it may be on its way")
	assert.Empty(t, w.events())
	now = now.Add(10 * time.Second)
	assert.Zero(t, again())
	assert.Zero(t, again())
	assert.Equal(t, []string{apiv1.ReasonWorkloadNotFound}, w.events())

	d := fixture.Deployment("mockb-v1", "mockb")
	d.Namespace = "wrong"
	w.create(d)
	again()
	w.delete(d)
	assert.Equal(t, 10*time.Second, again(), "it starts afresh")
}

func TestRolloutsThatAreNobodysBusiness(t *testing.T) {
	c := fixture.NewChain()
	stray := fixture.Rollout("Initial", "", "")
	stray.Namespace = "wrong"
	stray.Spec.Strategy.Canary.PatchPodTemplateMetadata = nil
	w := newWorld(t, c.Group, c.Base, c.Gray, stray)
	lost := func() bool {
		lost, err := w.services.cluster.WorkloadMissing(t.Context(), stray)
		require.NoError(t, err)
		return lost
	}
	assert.False(t, lost())
	stray.Annotations = map[string]string{apiv1.AnnotationLane: "canary"}
	assert.True(t, lost())
	stray.Annotations, stray.Namespace = nil, "default"
	assert.True(t, lost())
}

func requestFor(o client.Object) reconcile.Request {
	return reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)}
}
