package rolloutwatch

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

func TestCacheKeepsWhatDecisionsNeed(t *testing.T) {
	c := newChain()
	c.pod.Spec.NodeName, c.pod.Status.PodIP = "node", "10.0.0.1"
	c.pod.Annotations, c.pod.ManagedFields = map[string]string{"a": "b"}, []metav1.ManagedFieldsEntry{{Manager: "kubelet"}}
	c.pod.ResourceVersion = "7"
	out, err := stripPod(c.pod)
	require.NoError(t, err)
	pod := out.(*corev1.Pod)
	assert.Equal(t, "7", pod.ResourceVersion)
	assert.Equal(t, c.pod.Labels, pod.Labels)
	assert.Equal(t, c.pod.OwnerReferences, pod.OwnerReferences)
	assert.True(t, podReady(pod))
	assert.Empty(t, pod.Spec)
	assert.Empty(t, pod.Annotations)
	assert.Empty(t, pod.ManagedFields)
	assert.Empty(t, pod.Status.PodIP)

	c.stable.Spec.Template.Spec.NodeName = "node"
	c.stable.Annotations = map[string]string{annotationInProgressing: "x", "a": "b"}
	out, err = stripDeployment(c.stable)
	require.NoError(t, err)
	d := out.(*appsv1.Deployment)
	assert.Equal(t, map[string]string{annotationInProgressing: "x"}, d.Annotations)
	assert.Equal(t, c.stable.Spec.Selector, d.Spec.Selector)
	assert.Equal(t, c.stable.Spec.Template.Labels, d.Spec.Template.Labels)
	assert.Empty(t, d.Spec.Template.Spec)

	rs := replicaSetMeta()
	rs.ObjectMeta = c.replicaSet.ObjectMeta
	rs.Annotations = map[string]string{"a": "b"}
	out, err = stripReplicaSet(rs)
	require.NoError(t, err)
	assert.Equal(t, c.replicaSet.OwnerReferences, out.(*metav1.PartialObjectMetadata).OwnerReferences)
	assert.Empty(t, out.(*metav1.PartialObjectMetadata).Annotations)
}

// mapper serves Rollouts once it is told to.
type mapper struct {
	meta.RESTMapper
	served, broken atomic.Bool
}

func (m *mapper) RESTMapping(kind schema.GroupKind, _ ...string) (*meta.RESTMapping, error) {
	if m.broken.Swap(false) {
		return nil, errors.New("the API server is away")
	}
	if !m.served.Load() {
		return nil, &meta.NoKindMatchError{GroupKind: kind}
	}
	return &meta.RESTMapping{}, nil
}

func TestKruiseMayComeLater(t *testing.T) {
	m, appeared := &mapper{}, make(chan bool, 1)
	m.broken.Store(true)
	w := &kruiseWait{every: time.Millisecond, mapper: m, appeared: func(context.Context) error {
		appeared <- true
		return nil
	}}
	assert.False(t, w.NeedLeaderElection(), "the webhook of every replica needs Rollouts")
	done := make(chan error)
	go func() { done <- w.Start(t.Context()) }()
	select {
	case <-appeared:
		t.Fatal("it is not served yet")
	case <-time.After(20 * time.Millisecond):
	}
	m.served.Store(true)
	require.NoError(t, <-done)
	assert.True(t, <-appeared)
}

func TestWatchesOfRolloutsWaitForThem(t *testing.T) {
	f, started := &Facts{}, 0
	start := func() error { started++; return nil }
	require.NoError(t, f.onRollouts(start))
	assert.Zero(t, started)
	require.NoError(t, f.serveRollouts())
	assert.Equal(t, 1, started)
	require.NoError(t, f.onRollouts(start))
	assert.Equal(t, 2, started)
}

func TestMetricsAreReadFromTheBoard(t *testing.T) {
	b := newBoard()
	m := newMetrics(b)
	base := lane.Member{Lane: "base"}
	b.publish(serviceRequest{"rollout", mockb}, row{baseline: base, gray: []lane.Member{{Lane: "canary"}}})
	other := mockb
	other.Name = "mockc"
	b.publish(serviceRequest{"rollout", other}, row{state: lane.StateManaged, baseline: base, complete: true})
	noted := mockb
	noted.Name = "mockd"
	b.publish(serviceRequest{"rollout", noted}, row{state: lane.StateManaged, baseline: base, complete: true,
		notes: []lane.Problem{{Reason: apiv1.ReasonConflict, Message: "theirs has no effect"}}})
	b.publishEntry("rollout", apiv1.ReasonConflict)
	assert.Equal(t, map[string]float64{
		"lanekeeper_lane_members rollout base":   3,
		"lanekeeper_lane_members rollout canary": 1,
		"lanekeeper_services rollout Settling":   1,
		"lanekeeper_services rollout Programmed": 2,
		"lanekeeper_entries rollout Conflict":    1,
	}, gather(t, m))
	b.remove(serviceRequest{"rollout", mockb})
	b.remove(serviceRequest{"rollout", other})
	b.remove(serviceRequest{"rollout", noted})
	b.publishEntry("rollout", "")
	assert.Empty(t, gather(t, m), "a lane that is gone leaves nothing behind")
}

func gather(t *testing.T, m *metrics) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(m))
	families, err := registry.Gather()
	require.NoError(t, err)
	out := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			out[name] = metric.GetGauge().GetValue()
		}
	}
	return out
}

func TestMetricsAreNamedAsIsUsual(t *testing.T) {
	b := newBoard()
	b.publish(serviceRequest{"rollout", mockb}, row{baseline: lane.Member{Lane: "base"}})
	b.publishEntry("rollout", apiv1.ReasonProgrammed)
	m := newMetrics(b)
	m.relabelled.WithLabelValues("Lane").Inc()
	problems, err := testutil.CollectAndLint(m)
	require.NoError(t, err)
	assert.Empty(t, problems)
}

func TestBoardTellsOfChangesOnly(t *testing.T) {
	b, told, moves := newBoard(), 0, 0
	key := serviceRequest{"rollout", mockb}
	b.onChange(func(c change) {
		assert.Equal(t, key, c.serviceRequest)
		told++
		if c.moved() {
			moves++
		}
	})
	b.publish(key, row{complete: true})
	b.publish(key, row{complete: true})
	assert.Equal(t, 1, told)
	b.publish(key, row{problem: &lane.Problem{Reason: "x"}})
	b.publish(key, row{problem: &lane.Problem{Reason: "x"}})
	assert.Equal(t, 2, told)
	assert.Zero(t, moves)
	b.publish(key, row{gray: []lane.Member{{Lane: "canary"}}})
	assert.Equal(t, 1, moves)
	b.publish(key, row{gray: []lane.Member{{Lane: "canary", Ready: 1}}})
	assert.Equal(t, 1, moves, "a pod is no move")
	b.remove(key)
	b.remove(key)
	assert.Equal(t, 5, told)
	assert.Equal(t, 2, moves)
}
