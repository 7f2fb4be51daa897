package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lanekeeper.io/internal/fixture"
)

func TestCacheKeepsWhatDecisionsNeed(t *testing.T) {
	c := fixture.NewChain()
	c.Pod.Spec.NodeName, c.Pod.Status.PodIP = "node", "10.0.0.1"
	c.Pod.Annotations, c.Pod.ManagedFields = map[string]string{"a": "b", "keep": "c"}, []metav1.ManagedFieldsEntry{{Manager: "kubelet"}}
	c.Pod.ResourceVersion = "7"
	out, err := stripPod([]string{"keep", "none"})(c.Pod)
	require.NoError(t, err)
	pod := out.(*corev1.Pod)
	assert.Equal(t, "7", pod.ResourceVersion)
	assert.Equal(t, c.Pod.Labels, pod.Labels)
	assert.Equal(t, c.Pod.OwnerReferences, pod.OwnerReferences)
	assert.True(t, PodReady(pod))
	assert.Empty(t, pod.Spec)
	assert.Equal(t, map[string]string{"keep": "c"}, pod.Annotations)
	assert.Empty(t, pod.ManagedFields)
	assert.Empty(t, pod.Status.PodIP)

	c.Stable.Spec.Template.Spec.NodeName = "node"
	c.Stable.Annotations = map[string]string{annotationInProgressing: "x", "a": "b"}
	out, err = CacheOptions().DefaultTransform(c.Stable)
	require.NoError(t, err)
	d := out.(*appsv1.Deployment)
	assert.Equal(t, map[string]string{annotationInProgressing: "x"}, d.Annotations)
	assert.Equal(t, c.Stable.Spec.Selector, d.Spec.Selector)
	assert.Equal(t, c.Stable.Spec.Template.Labels, d.Spec.Template.Labels)
	assert.Empty(t, d.Spec.Template.Spec)

	rs := replicaSetMeta()
	rs.ObjectMeta = c.ReplicaSet.ObjectMeta
	rs.Annotations = map[string]string{"a": "b"}
	out, err = stripReplicaSet(rs)
	require.NoError(t, err)
	assert.Equal(t, c.ReplicaSet.OwnerReferences, out.(*metav1.PartialObjectMetadata).OwnerReferences)
	assert.Empty(t, out.(*metav1.PartialObjectMetadata).Annotations)
}
