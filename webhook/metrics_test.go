package webhook

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// handlersOf are handlers with metrics of their own.
func handlersOf(t *testing.T, source Source) handlers {
	t.Helper()
	metrics, err := newMetrics(prometheus.NewRegistry())
	require.NoError(t, err)
	return handlers{source: source, mesh: mesh{}, metrics: metrics}
}

func TestWebhooksOfOneRegistryShareTheirMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	first, err := newMetrics(registry)
	require.NoError(t, err)
	second, err := newMetrics(registry)
	require.NoError(t, err)

	first.verdicts.WithLabelValues(verdictLane).Inc()
	second.verdicts.WithLabelValues(verdictLane).Inc()
	first.latency.Observe(1)
	second.failures.WithLabelValues("pods").Inc()

	families, err := registry.Gather()
	require.NoError(t, err)
	require.Len(t, families, 3)
	assert.Equal(t, "lanekeeper_admission_failures_total", families[0].GetName())
	assert.Equal(t, "lanekeeper_admission_pod_seconds", families[1].GetName())
	assert.Equal(t, "lanekeeper_admission_verdicts_total", families[2].GetName())
	assert.InDelta(t, 2, families[2].GetMetric()[0].GetCounter().GetValue(), 0)
}

func TestAMetricOfAnotherKindIsInTheWay(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "lanekeeper_admission_failures_total"}, []string{"other"}))

	_, err := newMetrics(registry)

	assert.Error(t, err)
}
