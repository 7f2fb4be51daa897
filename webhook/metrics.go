package webhook

import (
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

var (
	verdicts = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lanekeeper_admission_verdicts_total",
		Help: "New pods by what was decided: lane, baseline, outside, left-alone, or none for pods of no group.",
	}, []string{"verdict"})

	failures = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lanekeeper_admission_failures_total",
		Help: "Requests that were allowed unchanged because deciding failed, by webhook.",
	}, []string{"webhook"})

	latency = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "lanekeeper_admission_pod_seconds",
		Help:    "How long deciding about a new pod took.",
		Buckets: []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 2},
	})
)

func init() {
	metrics.Registry.MustRegister(verdicts, failures, latency)
}
