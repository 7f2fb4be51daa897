package trafficprovider

import "github.com/prometheus/client_golang/prometheus"

// NewWrites returns the counter of an Applier's writes, which the caller registers.
func NewWrites() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lanekeeper_traffic_writes_total",
		Help: "Writes of traffic objects, by kind of object, operation and cause.",
	}, []string{"kind", "op", "cause"})
}
