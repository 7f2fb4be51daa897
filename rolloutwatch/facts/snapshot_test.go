package facts

import (
	"context"
	"testing"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

func snapshot(t *testing.T, f *Cluster) lane.Snapshot {
	t.Helper()
	s, err := f.Snapshot(t.Context(), mockb, "", nil)
	require.NoError(t, err)
	return s
}

func TestSnapshotOfAPlainService(t *testing.T) {
	c := fixture.NewChain()
	dead, other := fixture.Pod("dead", "base", c.ReplicaSet), fixture.Pod("other", "base", nil)
	dead.Status.Phase = corev1.PodFailed
	other.Labels["app"] = "else"
	s := snapshot(t, newCluster(t, c.Objects(dead, other)...))
	assert.Equal(t, lane.Service{Key: fixture.Mockb, Found: true, Selector: map[string]string{"app": "mockb"}, Settings: lane.Settings{Ports: []lane.Port{{Number: 8000}}}}, s.Service)
	assert.False(t, s.Withdrawing)
	assert.Empty(t, s.Releases)
	require.Len(t, s.Pods, 1, "neither the pod that ended nor the one that the Service does not select")
	assert.Equal(t, lane.Pod{Name: "stable-1", Version: "999", Ready: true, Labels: c.Pod.Labels, Owner: lane.Owner{
		Known: true, Workload: "Deployment/mockb-v1", Locked: []string{"app", "controller-revision-hash", "pod-template-hash"}}}, s.Pods[0])
}

func TestSnapshotDuringARelease(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	s := snapshot(t, newCluster(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...))
	release := lane.Release{Rollout: "default/rollouts-mockb", Workload: "Deployment/mockb-v1", Stage: lane.StageInLane, Lane: "canary"}
	assert.Equal(t, []lane.Release{release}, s.Releases)
	require.Len(t, s.Pods, 2)
	assert.Equal(t, "canary-1", s.Pods[0].Name)
	assert.True(t, s.Pods[0].Owner.Canary)
	assert.Equal(t, &release, s.Pods[0].Owner.Release)
	assert.False(t, s.Pods[1].Owner.Canary)
	assert.Equal(t, &release, s.Pods[1].Owner.Release)
}

// No Rollout releases into the baseline, and which lane that is does not change before it
// has moved: until then the release goes on.
func TestARolloutKeepsItsLaneUntilTheBaselineHasMoved(t *testing.T) {
	c := fixture.NewChain()
	c.Group.Spec.PermissiveModeConfiguration.FallbackTarget = "canary"
	d, rs, pod := c.Canary()
	f := newCluster(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	for serving, want := range map[string]string{"base": "canary", "canary": ""} {
		s, err := f.Snapshot(t.Context(), mockb, serving, nil)
		require.NoError(t, err)
		require.Len(t, s.Releases, 1)
		assert.Equal(t, want, s.Releases[0].Lane, "everybody meets lane %q", serving)
	}
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
		"marked by something unreadable":        {"Healthy", "Completed", "True", `rollouts-fixture.Mockb`, false, lane.StagePromoted},
		"initializing":                          {"Progressing", "Initializing", "", "", false, lane.StageEntering},
		"rolling":                               {"Progressing", "InRolling", "", "", true, lane.StageInLane},
		"approved":                              {"Progressing", "Finalising", "", "", true, lane.StagePromoting},
		"undone":                                {"Progressing", "Cancelling", "", "", true, lane.StageRollingBack},
		"undone, its last step left as it was":  {"Healthy", "Completed", "False", "", false, lane.StageRolledBack},
		"lost its workload and left its canary": {"Initial", "", "", "", true, lane.StageRolledBack},
	} {
		t.Run(name, func(t *testing.T) {
			c := fixture.NewChain()
			if tc.inProgress != "" {
				c.Stable.Annotations = map[string]string{annotationInProgressing: tc.inProgress}
			}
			r := fixture.Rollout(tc.phase, tc.reason, tc.succeeded)
			r.Status.CurrentStepState = "StepPaused" // never to be believed
			objects := c.Objects(r)
			if tc.canary {
				d, rs, pod := c.Canary()
				objects = append(objects, d, rs, pod)
			}
			s := snapshot(t, newCluster(t, objects...))
			require.Len(t, s.Releases, 1)
			assert.Equal(t, tc.want, s.Releases[0].Stage)
		})
	}
}

func TestCanaryBeingDeletedIsNone(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	d.DeletionTimestamp, d.Finalizers = &metav1.Time{Time: time.Now()}, []string{"kruise"}
	s := snapshot(t, newCluster(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...))
	assert.Equal(t, lane.StageEntering, s.Releases[0].Stage, "between v2 and v3 no canary exists")
}

func TestReleaseProblems(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(c *fixture.Chain, r *kruisev1beta1.Rollout)
		lane   string
		reason string
	}{
		"its label": {func(*fixture.Chain, *kruisev1beta1.Rollout) {}, "canary", ""},
		"unknown label": {func(_ *fixture.Chain, r *kruisev1beta1.Rollout) {
			r.Spec.Strategy.Canary.PatchPodTemplateMetadata.Labels[fixture.TagLabel] = "v9"
		}, "", apiv1.ReasonLaneUnknown},
		"the only gray lane": {func(_ *fixture.Chain, r *kruisev1beta1.Rollout) {
			r.Spec.Strategy.Canary.PatchPodTemplateMetadata = nil
		}, "canary", ""},
		"annotation of no lane": {func(_ *fixture.Chain, r *kruisev1beta1.Rollout) {
			r.Spec.Strategy.Canary.PatchPodTemplateMetadata = nil
			r.Annotations = map[string]string{apiv1.AnnotationLane: "s2"}
		}, "", apiv1.ReasonLaneUnknown},
		"traffic routings": {func(_ *fixture.Chain, r *kruisev1beta1.Rollout) {
			r.Spec.Strategy.Canary.TrafficRoutings = []kruisev1beta1.TrafficRoutingRef{{Service: "mockb"}}
		}, "canary", apiv1.ReasonTrafficRoutingConflict},
		"traffic routings elsewhere": {func(_ *fixture.Chain, r *kruisev1beta1.Rollout) {
			r.Spec.Strategy.Canary.TrafficRoutings = []kruisev1beta1.TrafficRoutingRef{{Service: "mocka"}}
		}, "canary", ""},
		"lane label in the selector": {func(c *fixture.Chain, _ *kruisev1beta1.Rollout) {
			c.Stable.Spec.Selector.MatchLabels[fixture.TagLabel] = "base"
		}, "canary", apiv1.ReasonLaneLabelInSelector},
		"lane label not in the template": {func(c *fixture.Chain, _ *kruisev1beta1.Rollout) {
			delete(c.Stable.Spec.Template.Labels, fixture.TagLabel)
		}, "canary", apiv1.ReasonUnlabelledTemplate},
		"template of another lane than the baseline": {func(c *fixture.Chain, _ *kruisev1beta1.Rollout) {
			c.Stable.Spec.Template.Labels[fixture.TagLabel] = "canary"
		}, "canary", apiv1.ReasonUnlabelledTemplate},
		"released in itself": {func(_ *fixture.Chain, r *kruisev1beta1.Rollout) {
			r.Spec.Strategy.Canary.EnableExtraWorkloadForCanary = false
		}, "canary", ""},
		"a strict group that names no lane for others": {func(c *fixture.Chain, _ *kruisev1beta1.Rollout) { c.Group.Spec.IsPermissive = false }, "", apiv1.ReasonNotYetSupported},
		"no strategy": {func(_ *fixture.Chain, r *kruisev1beta1.Rollout) { r.Spec.Strategy.Canary = nil }, "", apiv1.ReasonNotYetSupported},
	} {
		t.Run(name, func(t *testing.T) {
			c, r := fixture.NewChain(), fixture.Rollout("Healthy", "Completed", "True")
			tc.change(&c, r)
			s := snapshot(t, newCluster(t, c.Objects(r)...))
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
	c := fixture.NewChain()
	pod := fixture.Pod("set-0", "base", nil)
	fixture.Owned(pod, &appsv1.DaemonSet{ObjectMeta: fixture.Named("mockb-set")}, "DaemonSet")
	r := fixture.Rollout("Progressing", "InRolling", "")
	r.Spec.WorkloadRef = fixture.WorkloadRef("DaemonSet", "mockb-set")
	s := snapshot(t, newCluster(t, c.Objects(pod, r)...))
	require.Len(t, s.Releases, 1)
	assert.Equal(t, apiv1.ReasonNotYetSupported, s.Releases[0].Problem.Reason)
	assert.Equal(t, lane.Owner{Known: true, Workload: "DaemonSet/mockb-set", Locked: lane.SelectorKeys(nil)}, s.Pods[0].Owner)
}

func TestOrphanedCanaryKeepsItsLane(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	s := snapshot(t, newCluster(t, c.Objects(d, rs, pod)...))
	owner := s.Pods[0].Owner
	assert.True(t, owner.Canary)
	assert.Equal(t, &lane.Release{Workload: "Deployment/mockb-v1", Stage: lane.StagePromoted, Lane: "canary"}, owner.Release)
	assert.Nil(t, s.Pods[1].Owner.Release)
	assert.Empty(t, s.Releases)
}

func TestOwnerThatTheCacheHasNotSeen(t *testing.T) {
	c := fixture.NewChain()
	f := newCluster(t, c.Group, c.Base, c.Gray, c.Service, c.Pod)
	s := snapshot(t, f)
	assert.False(t, s.Pods[0].Owner.Known, "without a live reader")
	assert.False(t, s.Pods[0].Terminating)

	f.API = fakeClient(t, c.Stable, c.ReplicaSet)
	s = snapshot(t, f)
	assert.Equal(t, "Deployment/mockb-v1", s.Pods[0].Owner.Workload)

	f.API = fakeClient(t)
	s = snapshot(t, f)
	assert.True(t, s.Pods[0].Terminating, "the garbage collector is about to delete it")

	replaced := fixture.ReplicaSet(c.Stable)
	replaced.UID = "another"
	f = newCluster(t, c.Objects()...)
	require.NoError(t, f.Cache.(client.Client).Delete(t.Context(), c.ReplicaSet))
	require.NoError(t, f.Cache.(client.Client).Create(t.Context(), replaced))
	f.API = f.Cache
	assert.True(t, snapshot(t, f).Pods[0].Terminating, "a namesake is not the owner")
}

func TestHotPathReadsTheCacheOnly(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	f := newCluster(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs)...)
	f.API = interceptor.NewClient(fakeClient(t), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			t.Error("read live")
			return nil
		}})
	pod.Name, pod.Namespace = "", "" // as admission sees it
	placements, err := f.Placements(t.Context(), pod, "default")
	require.NoError(t, err)
	require.Len(t, placements, 1)
	assert.Equal(t, fixture.Mockb, placements[0].Service)
	assert.Equal(t, "rollout", placements[0].Group.Name)
	assert.Equal(t, "canary", lane.Assign(placements[0].Group, fixture.Mockb, placements[0].Pod).Lane)

	placements, err = f.Placements(t.Context(), pod, "elsewhere")
	require.NoError(t, err)
	assert.Empty(t, placements)
}

// A pod that several Services select is stamped as Permitted has it: the word of
// the oldest group's Service comes first, whatever the Services' names.
func TestPlacementsOfTheOldestGroupComeFirst(t *testing.T) {
	c := fixture.NewChain()
	younger, service := fixture.Group(), fixture.Service("mockb")
	younger.Name, younger.UID = "a-younger", "uid-younger"
	younger.Spec.Services[0].Name = "a-mockb"
	service.Name, service.UID = "a-mockb", "uid-a-mockb"
	c.Group.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	younger.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	f := newCluster(t, c.Objects(younger, service)...)
	placements, err := f.Placements(t.Context(), c.Pod, "default")
	require.NoError(t, err)
	require.Len(t, placements, 2)
	assert.Equal(t, fixture.Mockb, placements[0].Service)
	all := lane.Change{Set: map[string]string{apiv1.AnswersLabel("canary"): "1"}, Remove: []string{apiv1.LabelOutside}}
	made, err := f.Permitted(t.Context(), mockb, c.Pod.Labels, all)
	require.NoError(t, err)
	assert.Equal(t, all, made)
	theirs := lane.GroupService{Group: "a-younger", Service: types.NamespacedName{Namespace: "default", Name: "a-mockb"}}
	made, err = f.Permitted(t.Context(), theirs, c.Pod.Labels, all)
	require.NoError(t, err)
	assert.True(t, made.Empty())
}

func TestOfTwoGroupsTheOlderHasTheService(t *testing.T) {
	c := fixture.NewChain()
	younger := fixture.Group()
	younger.Name, younger.UID = "a-younger", "uid-younger"
	c.Group.CreationTimestamp = metav1.NewTime(time.Unix(1000, 0))
	younger.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	f := newCluster(t, c.Objects(younger)...)

	placements, err := f.Placements(t.Context(), c.Pod, "default")
	require.NoError(t, err)
	require.Len(t, placements, 1)
	assert.Equal(t, "rollout", placements[0].Group.Name)

	s, err := f.Snapshot(t.Context(), lane.GroupService{Group: "a-younger", Service: fixture.Mockb}, "", nil)
	require.NoError(t, err)
	assert.True(t, s.Withdrawing)
	assert.Empty(t, s.Pods, "they are the other group's")
	require.NotNil(t, s.Hold)
	assert.Equal(t, apiv1.ReasonConflict, s.Hold.Reason)
	assert.False(t, snapshot(t, f).Withdrawing)
}

func TestServicesThatLeave(t *testing.T) {
	c := fixture.NewChain()
	f := newCluster(t, c.Objects()...)
	s, err := f.Snapshot(t.Context(), lane.GroupService{Group: "nobody", Service: fixture.Mockb}, "", nil)
	require.NoError(t, err)
	assert.True(t, s.Withdrawing, "an unknown group has no Services")

	c = fixture.NewChain()
	c.Group.DeletionTimestamp, c.Group.Finalizers = &metav1.Time{Time: time.Now()}, []string{apiv1.FinalizerLanes}
	s = snapshot(t, newCluster(t, c.Objects()...))
	assert.True(t, s.Withdrawing)
	assert.Len(t, s.Pods, 1, "they lose their markers")

	c = fixture.NewChain()
	c.Group.Spec.Services = nil
	assert.True(t, snapshot(t, newCluster(t, c.Objects()...)).Withdrawing)
}

func TestServicesWithoutLanes(t *testing.T) {
	for name, spec := range map[string]corev1.ServiceSpec{
		"headless":     {ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "mockb"}},
		"ExternalName": {Type: corev1.ServiceTypeExternalName, ExternalName: "example.com"},
		"no selector":  {ClusterIP: "10.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := fixture.NewChain()
			c.Service.Spec = spec
			assert.NotEmpty(t, snapshot(t, newCluster(t, c.Objects()...)).Service.Unsupported)
		})
	}
}

func TestInvalidGroupIsHeld(t *testing.T) {
	c := fixture.NewChain()
	c.Group.Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = map[string]string{"default/nobody": "base"}
	s := snapshot(t, newCluster(t, c.Objects()...))
	require.NotNil(t, s.Hold)
	assert.Equal(t, apiv1.ReasonInvalid, s.Hold.Reason)
}

func TestGroupsAreParsedOnceForEachVersion(t *testing.T) {
	c := fixture.NewChain()
	f := newCluster(t, c.Objects()...)
	first, err := f.Registry(t.Context())
	require.NoError(t, err)
	again, err := f.Registry(t.Context())
	require.NoError(t, err)
	assert.Same(t, first, again)

	other := fixture.Lane("s2")
	other.Labels[apiv1.LabelSwimLaneGroup] = "elsewhere"
	writer := f.Cache.(client.Client)
	require.NoError(t, writer.Create(t.Context(), other))
	next, err := f.Registry(t.Context())
	require.NoError(t, err)
	assert.Same(t, first.groups["rollout"], next.groups["rollout"], "no lane of its own changed")

	require.NoError(t, writer.Delete(t.Context(), c.Gray))
	last, err := f.Registry(t.Context())
	require.NoError(t, err)
	assert.Len(t, last.groups["rollout"].Lanes, 1)
}
