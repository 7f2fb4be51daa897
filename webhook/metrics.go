package webhook

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count what the webhooks decide.
type metrics struct {
	// verdicts counts new pods, by one of the verdicts of stamp.go.
	verdicts *prometheus.CounterVec
	// failures counts the requests that failOpen allowed, by webhook.
	failures *prometheus.CounterVec
	// latency is how long a new pod waited for its labels, in seconds.
	latency prometheus.Histogram
}

// newMetrics registers the metrics. Webhooks that are set up with one registry share
// them: they are counters of the process.
func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	verdicts, verdictsErr := registered(registry, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lanekeeper_admission_verdicts_total",
		Help: "New pods by what was decided: lane, baseline, outside, left-alone, or none for pods of no group.",
	}, []string{"verdict"}))
	failures, failuresErr := registered(registry, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lanekeeper_admission_failures_total",
		Help: "Requests that were allowed unchanged because deciding failed, by webhook.",
	}, []string{"webhook"}))
	latency, latencyErr := registered(registry, prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "lanekeeper_admission_pod_seconds",
		Help:    "How long deciding about a new pod took.",
		Buckets: []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 2},
	}))
	return &metrics{verdicts, failures, latency}, errors.Join(verdictsErr, failuresErr, latencyErr)
}

// registered returns the collector, or the one that the registry has in its place.
func registered[C prometheus.Collector](registry prometheus.Registerer, c C) (C, error) {
	err := registry.Register(c)
	if already, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if existing, ok := already.ExistingCollector.(C); ok {
			return existing, nil
		}
	}
	return c, err
}
