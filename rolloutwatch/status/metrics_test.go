package status

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

func TestMetricsAreReadFromTheStore(t *testing.T) {
	b := NewStore()
	m := NewMetrics(b)
	base := lane.Member{Lane: "base", Pods: 1, Ready: 1}
	b.Publish(lane.GroupService{Group: "rollout", Service: fixture.Mockb}, Service{Baseline: base, Gray: []lane.Member{{Lane: "canary"}}})
	other := fixture.Mockb
	other.Name = "mockc"
	b.Publish(lane.GroupService{Group: "rollout", Service: other}, Service{State: lane.StateManaged, Baseline: base, Complete: true})
	noted := fixture.Mockb
	noted.Name = "mockd"
	b.Publish(lane.GroupService{Group: "rollout", Service: noted}, Service{State: lane.StateManaged, Baseline: base, Complete: true,
		Notes: []lane.Problem{{Reason: apiv1.ReasonConflict, Message: "theirs has no effect"}}})
	b.PublishIngress("rollout", IngressState{Reason: apiv1.ReasonConflict})
	assert.Equal(t, map[string]float64{
		"lanekeeper_lane_members rollout base":   3,
		"lanekeeper_lane_members rollout canary": 1,
		"lanekeeper_services rollout Settling":   1,
		"lanekeeper_services rollout Programmed": 2,
		"lanekeeper_entries rollout Conflict":    1,
	}, gather(t, m))
	b.Remove(lane.GroupService{Group: "rollout", Service: fixture.Mockb})
	b.Remove(lane.GroupService{Group: "rollout", Service: other})
	b.Remove(lane.GroupService{Group: "rollout", Service: noted})
	b.RemoveIngress("rollout")
	assert.Empty(t, gather(t, m), "a lane that is gone leaves nothing behind")
}

func gather(t *testing.T, m *Metrics) map[string]float64 {
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
	b := NewStore()
	b.Publish(lane.GroupService{Group: "rollout", Service: fixture.Mockb}, Service{Baseline: lane.Member{Lane: "base"}})
	b.PublishIngress("rollout", IngressState{Reason: apiv1.ReasonProgrammed})
	m := NewMetrics(b)
	m.Relabelled.WithLabelValues("Lane").Inc()
	problems, err := testutil.CollectAndLint(m)
	require.NoError(t, err)
	assert.Empty(t, problems)
}
