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
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

func snapshot(t *testing.T, f *Facts) lane.Snapshot {
	t.Helper()
	s, err := f.Snapshot(t.Context(), "rollout", mockb)
	require.NoError(t, err)
	return s
}

func TestSnapshotOfAPlainService(t *testing.T) {
	c := newChain()
	dead, other := newPod("dead", "base", c.replicaSet), newPod("other", "base", nil)
	dead.Status.Phase = corev1.PodFailed
	other.Labels["app"] = "else"
	s := snapshot(t, newFacts(t, c.objects(dead, other)...))
	assert.Equal(t, lane.Service{Key: mockb, Found: true, Ports: []int32{8000}}, s.Service)
	assert.False(t, s.Leaving)
	assert.Empty(t, s.Releases)
	require.Len(t, s.Pods, 1, "neither the pod that ended nor the one that the Service does not select")
	assert.Equal(t, lane.Pod{Name: "stable-1", Version: "999", Ready: true, Labels: c.pod.Labels, Owner: lane.Owner{
		Known: true, Workload: "Deployment/mockb-v1", Locked: []string{"app", "controller-revision-hash", "pod-template-hash"}}}, s.Pods[0])
}

func TestSnapshotDuringARelease(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	s := snapshot(t, newFacts(t, c.objects(newRollout("Progressing", "InRolling", ""), d, rs, pod)...))
	release := lane.Release{Rollout: "default/rollouts-mockb", Workload: "Deployment/mockb-v1", Stage: lane.StageInLane, Lane: "canary"}
	assert.Equal(t, []lane.Release{release}, s.Releases)
	require.Len(t, s.Pods, 2)
	assert.Equal(t, "canary-1", s.Pods[0].Name)
	assert.True(t, s.Pods[0].Owner.Canary)
	assert.Equal(t, &release, s.Pods[0].Owner.Release)
	assert.False(t, s.Pods[1].Owner.Canary)
	assert.Equal(t, &release, s.Pods[1].Owner.Release)
}

func TestStageIsReadFromTheRightFields(t *testing.T) {
	for name, tc := range map[string]struct {
		phase, reason, succeeded string
		inProgress               string
		canary                   bool
		want                     lane.Stage
	}{
		"at rest":                               {"Healthy", "Completed", "True", "", false, lane.StagePromoted},
		"just published, status not yet":        {"Healthy", "Completed", "True", `{"rolloutName":"rollouts-mockb"}`, false, lane.StageEntering},
		"marked by another Rollout":             {"Healthy", "Completed", "True", `{"rolloutName":"other"}`, false, lane.StagePromoted},
		"marked by something unreadable":        {"Healthy", "Completed", "True", `rollouts-mockb`, false, lane.StagePromoted},
		"initializing":                          {"Progressing", "Initializing", "", "", false, lane.StageEntering},
		"rolling":                               {"Progressing", "InRolling", "", "", true, lane.StageInLane},
		"approved":                              {"Progressing", "Finalising", "", "", true, lane.StagePromoting},
		"undone":                                {"Progressing", "Cancelling", "", "", true, lane.StageRollingBack},
		"undone, its last step left as it was":  {"Healthy", "Completed", "False", "", false, lane.StageRolledBack},
		"lost its workload and left its canary": {"Initial", "", "", "", true, lane.StageRolledBack},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain()
			if tc.inProgress != "" {
				c.stable.Annotations = map[string]string{annotationInProgressing: tc.inProgress}
			}
			r := newRollout(tc.phase, tc.reason, tc.succeeded)
			r.Status.CurrentStepState = "StepPaused" // never to be believed
			objects := c.objects(r)
			if tc.canary {
				d, rs, pod := c.canary()
				objects = append(objects, d, rs, pod)
			}
			s := snapshot(t, newFacts(t, objects...))
			require.Len(t, s.Releases, 1)
			assert.Equal(t, tc.want, s.Releases[0].Stage)
		})
	}
}

func TestCanaryBeingDeletedIsNone(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	d.DeletionTimestamp, d.Finalizers = &metav1.Time{Time: time.Now()}, []string{"kruise"}
	s := snapshot(t, newFacts(t, c.objects(newRollout("Progressing", "InRolling", ""), d, rs, pod)...))
	assert.Equal(t, lane.StageEntering, s.Releases[0].Stage, "between v2 and v3 no canary exists")
}

func TestReleaseProblems(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(c *chain, r *rolloutOf)
		lane   string
		reason string
	}{
		"its label": {func(*chain, *rolloutOf) {}, "canary", ""},
		"unknown label": {func(_ *chain, r *rolloutOf) {
			r.Spec.Strategy.Canary.PatchPodTemplateMetadata.Labels[tagLabel] = "v9"
		}, "", apiv1.ReasonLaneUnknown},
		"the only gray lane": {func(_ *chain, r *rolloutOf) { r.Spec.Strategy.Canary.PatchPodTemplateMetadata = nil }, "canary", ""},
		"annotation of no lane": {func(_ *chain, r *rolloutOf) {
			r.Spec.Strategy.Canary.PatchPodTemplateMetadata = nil
			r.Annotations = map[string]string{apiv1.AnnotationLane: "s2"}
		}, "", apiv1.ReasonLaneUnknown},
		"traffic routings": {func(_ *chain, r *rolloutOf) {
			r.Spec.Strategy.Canary.TrafficRoutings = []trafficRouting{{Service: "mockb"}}
		}, "canary", apiv1.ReasonTrafficRoutingConflict},
		"traffic routings elsewhere": {func(_ *chain, r *rolloutOf) {
			r.Spec.Strategy.Canary.TrafficRoutings = []trafficRouting{{Service: "mocka"}}
		}, "canary", ""},
		"lane label in the selector": {func(c *chain, _ *rolloutOf) {
			c.stable.Spec.Selector.MatchLabels[tagLabel] = "base"
		}, "canary", apiv1.ReasonLaneLabelInSelector},
		"lane label not in the template": {func(c *chain, _ *rolloutOf) {
			delete(c.stable.Spec.Template.Labels, tagLabel)
		}, "canary", apiv1.ReasonUnlabelledTemplate},
		"partition":   {func(_ *chain, r *rolloutOf) { r.Spec.Strategy.Canary.EnableExtraWorkloadForCanary = false }, "", apiv1.ReasonNotYetSupported},
		"no strategy": {func(_ *chain, r *rolloutOf) { r.Spec.Strategy.Canary = nil }, "", apiv1.ReasonNotYetSupported},
	} {
		t.Run(name, func(t *testing.T) {
			c, r := newChain(), newRollout("Healthy", "Completed", "True")
			tc.change(&c, r)
			s := snapshot(t, newFacts(t, c.objects(r)...))
			require.Len(t, s.Releases, 1)
			assert.Equal(t, tc.lane, s.Releases[0].Lane)
			if tc.reason == "" {
				assert.Nil(t, s.Releases[0].Problem)
				return
			}
			require.NotNil(t, s.Releases[0].Problem)
			assert.Equal(t, tc.reason, s.Releases[0].Problem.Reason)
			if tc.reason == apiv1.ReasonNotYetSupported {
				assert.Nil(t, s.Pods[0].Owner.Release, "its pods keep their template's labels")
			}
		})
	}
}

func TestRolloutOfAnotherKindIsRecognised(t *testing.T) {
	c := newChain()
	pod := newPod("set-0", "base", nil)
	owned(pod, &appsv1.StatefulSet{ObjectMeta: named("mockb-set")}, "StatefulSet")
	r := newRollout("Progressing", "InRolling", "")
	r.Spec.WorkloadRef = workloadOfKind("StatefulSet", "mockb-set")
	s := snapshot(t, newFacts(t, c.objects(pod, r)...))
	require.Len(t, s.Releases, 1)
	assert.Equal(t, apiv1.ReasonNotYetSupported, s.Releases[0].Problem.Reason)
	assert.Equal(t, lane.Owner{Known: true, Workload: "StatefulSet/mockb-set", Locked: lane.SelectorKeys(nil)}, s.Pods[0].Owner)
}

func TestOrphanedCanaryKeepsItsLane(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	s := snapshot(t, newFacts(t, c.objects(d, rs, pod)...))
	owner := s.Pods[0].Owner
	assert.True(t, owner.Canary)
	assert.Equal(t, &lane.Release{Workload: "Deployment/mockb-v1", Stage: lane.StagePromoted, Lane: "canary"}, owner.Release)
	assert.Nil(t, s.Pods[1].Owner.Release)
	assert.Empty(t, s.Releases)
}

func TestOwnerThatTheCacheHasNotSeen(t *testing.T) {
	c := newChain()
	f := newFacts(t, c.group, c.base, c.gray, c.service, c.pod)
	s := snapshot(t, f)
	assert.False(t, s.Pods[0].Owner.Known, "without a live reader")
	assert.False(t, s.Pods[0].Terminating)

	f.Live = fakeClient(t, c.stable, c.replicaSet)
	s = snapshot(t, f)
	assert.Equal(t, "Deployment/mockb-v1", s.Pods[0].Owner.Workload)

	f.Live = fakeClient(t)
	s = snapshot(t, f)
	assert.True(t, s.Pods[0].Terminating, "the garbage collector is about to delete it")

	replaced := newReplicaSet(c.stable)
	replaced.UID = "another"
	f = newFacts(t, c.objects()...)
	require.NoError(t, f.Client.(client.Client).Delete(t.Context(), c.replicaSet))
	require.NoError(t, f.Client.(client.Client).Create(t.Context(), replaced))
	f.Live = f.Client
	assert.True(t, snapshot(t, f).Pods[0].Terminating, "a namesake is not the owner")
}

func TestHotPathReadsTheCacheOnly(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	f := newFacts(t, c.objects(newRollout("Progressing", "InRolling", ""), d, rs)...)
	f.Live = interceptor.NewClient(fakeClient(t), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			t.Error("read live")
			return nil
		}})
	pod.Name, pod.Namespace = "", "" // as admission sees it
	placements, err := f.Placements(t.Context(), pod, "default")
	require.NoError(t, err)
	require.Len(t, placements, 1)
	assert.Equal(t, mockb, placements[0].Service)
	assert.Equal(t, "rollout", placements[0].Group.Name)
	assert.Equal(t, "canary", lane.Assign(placements[0].Group, mockb, placements[0].Pod).Lane)

	placements, err = f.Placements(t.Context(), pod, "elsewhere")
	require.NoError(t, err)
	assert.Empty(t, placements)
}

// A pod that several Services select is stamped as mayLabel has it: the word of
// the oldest group's Service comes first, whatever the Services' names.
func TestPlacementsOfTheOldestGroupComeFirst(t *testing.T) {
	c := newChain()
	younger, service := newGroup(), newService()
	younger.Name, younger.UID = "a-younger", "uid-younger"
	younger.Spec.Services[0].Name = "a-mockb"
	service.ObjectMeta = named("a-mockb")
	c.group.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	younger.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	f := newFacts(t, c.objects(younger, service)...)
	placements, err := f.Placements(t.Context(), c.pod, "default")
	require.NoError(t, err)
	require.Len(t, placements, 2)
	assert.Equal(t, mockb, placements[0].Service)
	ours, err := f.mayLabel(t.Context(), mockbRequest, c.pod.Labels)
	require.NoError(t, err)
	assert.True(t, ours)
}

func TestOfTwoGroupsTheOlderHasTheService(t *testing.T) {
	c := newChain()
	younger := newGroup()
	younger.Name, younger.UID = "a-younger", "uid-younger"
	c.group.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	younger.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	f := newFacts(t, c.objects(younger)...)

	placements, err := f.Placements(t.Context(), c.pod, "default")
	require.NoError(t, err)
	require.Len(t, placements, 1)
	assert.Equal(t, "rollout", placements[0].Group.Name)

	s, err := f.Snapshot(t.Context(), "a-younger", mockb)
	require.NoError(t, err)
	assert.True(t, s.Leaving)
	assert.Empty(t, s.Pods, "they are the other group's")
	require.NotNil(t, s.Hold)
	assert.Equal(t, apiv1.ReasonConflict, s.Hold.Reason)
	assert.False(t, snapshot(t, f).Leaving)
}

func TestServicesThatLeave(t *testing.T) {
	c := newChain()
	f := newFacts(t, c.objects()...)
	s, err := f.Snapshot(t.Context(), "nobody", mockb)
	require.NoError(t, err)
	assert.True(t, s.Leaving, "an unknown group has no Services")

	c = newChain()
	c.group.DeletionTimestamp, c.group.Finalizers = &metav1.Time{Time: time.Now()}, []string{apiv1.FinalizerLanes}
	s = snapshot(t, newFacts(t, c.objects()...))
	assert.True(t, s.Leaving)
	assert.Len(t, s.Pods, 1, "they lose their markers")

	c = newChain()
	c.group.Spec.Services = nil
	assert.True(t, snapshot(t, newFacts(t, c.objects()...)).Leaving)
}

func TestServicesWithoutLanes(t *testing.T) {
	for name, spec := range map[string]corev1.ServiceSpec{
		"headless":     {ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "mockb"}},
		"ExternalName": {Type: corev1.ServiceTypeExternalName, ExternalName: "example.com"},
		"no selector":  {ClusterIP: "10.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain()
			c.service.Spec = spec
			assert.NotEmpty(t, snapshot(t, newFacts(t, c.objects()...)).Service.Unsupported)
		})
	}
}

func TestInvalidGroupIsHeld(t *testing.T) {
	c := newChain()
	c.group.Spec.IsPermissive = false
	s := snapshot(t, newFacts(t, c.objects()...))
	require.NotNil(t, s.Hold)
	assert.Equal(t, apiv1.ReasonNotYetSupported, s.Hold.Reason)
}

func TestCatalogIsParsedOnceForEachVersion(t *testing.T) {
	c := newChain()
	f := newFacts(t, c.objects()...)
	first, err := f.catalogs.get(t.Context(), f.Client)
	require.NoError(t, err)
	again, err := f.catalogs.get(t.Context(), f.Client)
	require.NoError(t, err)
	assert.Same(t, first, again)

	other := newLane("s2")
	other.Labels[apiv1.LabelSwimLaneGroup] = "elsewhere"
	writer := f.Client.(client.Client)
	require.NoError(t, writer.Create(t.Context(), other))
	next, err := f.catalogs.get(t.Context(), f.Client)
	require.NoError(t, err)
	assert.Same(t, first.groups["rollout"], next.groups["rollout"], "no lane of its own changed")

	require.NoError(t, writer.Delete(t.Context(), c.gray))
	last, err := f.catalogs.get(t.Context(), f.Client)
	require.NoError(t, err)
	assert.Len(t, last.groups["rollout"].Lanes, 1)
}
