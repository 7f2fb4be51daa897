package status

import (
	"github.com/prometheus/client_golang/prometheus"

	"lanekeeper.io/lane"
)

// Metrics count relabelled pods, and read the rest from the Store when they are
// collected: a lane that does not exist any more leaves no stale series.
type Metrics struct {
	store *Store
	// Relabelled counts the pods whose labels were corrected, by lane.Kind.
	Relabelled *prometheus.CounterVec
}

var (
	descMembers = prometheus.NewDesc("lanekeeper_lane_members",
		"Services that are in a lane now.", []string{"group", "lane"}, nil)
	descServices = prometheus.NewDesc("lanekeeper_services",
		"Services of a group by the reason in its status: Programmed, Settling, Conflict, Frozen and so on.", []string{"group", "reason"}, nil)
	descIngresses = prometheus.NewDesc("lanekeeper_entries",
		"Entries of a group (0 or 1) by the reason of its condition IngressProgrammed.", []string{"group", "reason"}, nil)
)

// NewMetrics returns metrics of the Store. The caller registers them.
func NewMetrics(store *Store) *Metrics {
	return &Metrics{store: store, Relabelled: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lanekeeper_relabelled_pods_total",
		Help: "Pods whose labels the manager corrected, by what they are.",
	}, []string{"kind"})}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	m.Relabelled.Describe(out)
	out <- descMembers
	out <- descServices
	out <- descIngresses
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.Relabelled.Collect(out)
	type pair struct{ group, of string }
	members, services := map[pair]int{}, map[pair]int{}
	m.store.each(func(key lane.GroupService, s Service) {
		if s.Baseline.Lane != "" {
			members[pair{key.Group, s.Baseline.Lane}]++
		}
		for _, g := range s.Gray {
			members[pair{key.Group, g.Lane}]++
		}
		services[pair{key.Group, s.metricReason()}]++
	})
	for k, n := range members {
		out <- prometheus.MustNewConstMetric(descMembers, prometheus.GaugeValue, float64(n), k.group, k.of)
	}
	for k, n := range services {
		out <- prometheus.MustNewConstMetric(descServices, prometheus.GaugeValue, float64(n), k.group, k.of)
	}
	for group, reason := range m.store.ingressReasons() {
		out <- prometheus.MustNewConstMetric(descIngresses, prometheus.GaugeValue, 1, group, reason)
	}
}
