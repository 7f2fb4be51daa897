package facts

import (
	"context"
	"testing"

	kruiseappsv1alpha1 "github.com/openkruise/kruise-api/apps/v1alpha1"
	kruiseappsv1beta1 "github.com/openkruise/kruise-api/apps/v1beta1"
	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

// inItself is a Rollout that releases the workload in itself, at the step of an index.
func inItself(version, kind string, index int32, hash string) *kruisev1beta1.Rollout {
	r := fixture.Rollout("Progressing", "InRolling", "")
	r.Spec.WorkloadRef = kruisev1beta1.ObjectRef{APIVersion: version, Kind: kind, Name: "set"}
	one, all := intstr.FromInt32(1), intstr.FromString("100%")
	r.Spec.Strategy.Canary.EnableExtraWorkloadForCanary = false
	r.Spec.Strategy.Canary.Steps = []kruisev1beta1.CanaryStep{{Replicas: &one}, {Replicas: &all}}
	r.Status.CanaryStatus = &kruisev1beta1.CanaryStatus{CommonStatus: kruisev1beta1.CommonStatus{CurrentStepIndex: index, PodTemplateHash: hash}}
	return r
}

func setMeta() metav1.ObjectMeta {
	m := fixture.Named("set")
	m.Generation, m.Annotations = 2, map[string]string{annotationInProgressing: `{"rolloutName":"rollouts-mockb"}`}
	return m
}

// A workload of every kind has pods of the revisions set-v1 and set-v2 and is released to the second one.
func TestRevisionsOfAllKinds(t *testing.T) {
	selector, template := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "mockb"}}, corev1.PodTemplateSpec{}
	template.Labels = map[string]string{"app": "mockb", fixture.TagLabel: "base"}
	three := int32(3)
	for name, tc := range map[string]struct {
		version, kind string
		object        client.Object
		stable, hash  string
	}{
		"StatefulSet": {"apps/v1", "StatefulSet", &appsv1.StatefulSet{ObjectMeta: setMeta(), Spec: appsv1.StatefulSetSpec{Selector: selector, Template: template, Replicas: &three},
			Status: appsv1.StatefulSetStatus{ObservedGeneration: 2, UpdateRevision: "set-v2", CurrentRevision: "set-v1"}}, "set-v1", "set-v2"},
		"CloneSet": {"apps.kruise.io/v1alpha1", "CloneSet", &kruiseappsv1alpha1.CloneSet{ObjectMeta: setMeta(), Spec: kruiseappsv1alpha1.CloneSetSpec{Selector: selector, Template: template, Replicas: &three},
			Status: kruiseappsv1alpha1.CloneSetStatus{ObservedGeneration: 2, UpdateRevision: "set-v2", CurrentRevision: "set-v1"}}, "set-v1", "v2"},
		"Kruise's StatefulSet": {"apps.kruise.io/v1beta1", "StatefulSet", &kruiseappsv1beta1.StatefulSet{ObjectMeta: setMeta(), Spec: kruiseappsv1beta1.StatefulSetSpec{Selector: selector, Template: template, Replicas: &three},
			Status: kruiseappsv1beta1.StatefulSetStatus{ObservedGeneration: 2, UpdateRevision: "set-v2", CurrentRevision: "set-v1"}}, "set-v1", "set-v2"},
		"Kruise's DaemonSet": {"apps.kruise.io/v1alpha1", "DaemonSet", &kruiseappsv1alpha1.DaemonSet{ObjectMeta: setMeta(), Spec: kruiseappsv1alpha1.DaemonSetSpec{Selector: selector, Template: template},
			Status: kruiseappsv1alpha1.DaemonSetStatus{ObservedGeneration: 2, DaemonSetHash: "set-v2", DesiredNumberScheduled: 3}}, "", "set-v2"},
	} {
		t.Run(name, func(t *testing.T) {
			c := fixture.NewChain()
			old, updated := fixture.Pod("old", "base", nil), fixture.Pod("updated", "base", nil)
			old.Labels[appsv1.ControllerRevisionHashLabelKey], updated.Labels[appsv1.ControllerRevisionHashLabelKey] = "set-v1", "set-v2"
			updated.Status.Conditions = nil
			for _, p := range []*corev1.Pod{old, updated} {
				p.OwnerReferences = []metav1.OwnerReference{{APIVersion: tc.version, Kind: tc.kind, Name: "set", UID: tc.object.GetUID(), Controller: new(true)}}
			}
			f := newCluster(t, c.Group, c.Base, c.Gray, c.Service, tc.object, old, updated, inItself(tc.version, tc.kind, 1, tc.hash))
			s := snapshot(t, f)
			short := tc.kind + "/set"
			want := lane.Workload{Name: short, Driven: true, Stable: tc.stable, RevisionFacts: lane.RevisionFacts{Update: "set-v2", Releasing: true, Live: map[string]bool{"set-v1": true, "set-v2": false}}}
			assert.Equal(t, []lane.Workload{want}, s.Workloads)
			require.Len(t, s.Pods, 2)
			assert.Equal(t, []string{"set-v1", "set-v2"}, []string{s.Pods[0].Owner.Revision, s.Pods[1].Owner.Revision})
			require.Len(t, s.Releases, 1)
			assert.Nil(t, s.Releases[0].Problem)
			assert.Equal(t, "canary", s.Releases[0].Lane)

			last := inItself(tc.version, tc.kind, 2, tc.hash)
			f = newCluster(t, c.Group, c.Base, c.Gray, c.Service, tc.object, old, updated, last)
			assert.Equal(t, "set-v2", snapshot(t, f).Workloads[0].Promoting)

			tc.object.SetGeneration(3)
			f = newCluster(t, c.Group, c.Base, c.Gray, c.Service, tc.object, old, updated, last)
			assert.Empty(t, snapshot(t, f).Workloads[0].Update, "its status is of an older spec")
		})
	}
}

// A Deployment's ReplicaSets say which revision its template is of.
func TestRevisionsOfADeployment(t *testing.T) {
	c := fixture.NewChain()
	replicaSet := func(name, number string) *appsv1.ReplicaSet {
		rs := fixture.ReplicaSet(c.Stable)
		rs.Name, rs.UID = c.Stable.Name+"-"+name, "uid-"+c.ReplicaSet.UID
		rs.Labels, rs.Annotations = map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: name}, map[string]string{annotationRevision: number}
		return rs
	}
	old, updated := replicaSet("v1", "9"), replicaSet("v2", "10")
	c.Stable.Spec.Replicas = new(int32(3))
	c.Stable.Labels = map[string]string{labelStableRevision: "v1"}
	c.Pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = "v1"
	r := inItself("apps/v1", "Deployment", 1, "v2")
	r.Spec.WorkloadRef.Name = c.Stable.Name
	s := snapshot(t, newCluster(t, c.Objects(old, updated, r)...))
	assert.Equal(t, []lane.Workload{{Name: "Deployment/mockb-v1", Driven: true, Stable: "v1", RevisionFacts: lane.RevisionFacts{Update: "v2", Live: map[string]bool{"v1": true}}}}, s.Workloads)
	assert.Equal(t, "v1", s.Pods[0].Owner.Revision)

	r.Spec.Strategy.Canary.EnableExtraWorkloadForCanary = true
	assert.Empty(t, snapshot(t, newCluster(t, c.Objects(old, updated, r)...)).Workloads)
}

// recorded is a mesh that has a record, and nothing else to say.
type recorded lane.Records

func (recorded) Marking(context.Context, lane.GroupService, []lane.Lane) (lane.Marking, error) {
	return lane.Marking{}, nil
}
func (r recorded) Records(context.Context, lane.GroupService) (lane.Records, error) {
	return lane.Records(r), nil
}
func (recorded) ReadService(*corev1.Service, map[string]string) lane.Settings { return lane.Settings{} }
func (recorded) ReadPod(*corev1.Pod) string                                   { return "" }

// What the webhook makes of pods of a StatefulSet goes by the record.
func TestNewPodsByTheirRevision(t *testing.T) {
	three := int32(3)
	set := &appsv1.StatefulSet{ObjectMeta: setMeta(), Spec: appsv1.StatefulSetSpec{Replicas: &three, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "mockb"}}},
		Status: appsv1.StatefulSetStatus{ObservedGeneration: 2, UpdateRevision: "set-v2", CurrentRevision: "set-v2"}}
	set.Spec.Template.Labels = map[string]string{"app": "mockb", fixture.TagLabel: "base"}
	c := fixture.NewChain()
	f := newCluster(t, c.Group, c.Base, c.Gray, c.Service, set, inItself("apps/v1", "StatefulSet", 1, "set-v2"))
	for name, tc := range map[string]struct {
		records  lane.Records
		revision string
		want     lane.Kind
	}{
		"of the release":       {lane.Records{"StatefulSet/set": {"set-v1"}}, "set-v2", lane.KindLane},
		"of the baseline":      {lane.Records{"StatefulSet/set": {"set-v1"}}, "set-v1", lane.KindBaseline},
		"overtaken":            {lane.Records{"StatefulSet/set": {"set-v0"}}, "set-v1", lane.KindOutside},
		"nothing is on record": {nil, "set-v2", lane.KindLeaveAlone},
	} {
		f.Mesh = recorded(tc.records)
		pod := fixture.Pod("set-0", "base", nil)
		fixture.Owned(pod, set, "StatefulSet")
		pod.Labels[appsv1.ControllerRevisionHashLabelKey] = tc.revision
		placements, err := f.Placements(t.Context(), pod, "default")
		require.NoError(t, err)
		require.Len(t, placements, 1)
		assert.Equal(t, tc.want, lane.Assign(placements[0].Group, fixture.Mockb, placements[0].Pod).Kind, name)
	}
}
