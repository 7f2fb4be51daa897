package status

import (
	"github.com/prometheus/client_golang/prometheus"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Metrics count what happens, and read the rest from the Store when they are
// asked: a lane that is gone leaves no stale series.
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

// NewMetrics reads from the Store; whoever makes them registers them.
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

// metricReason is the one word that a person has to know. Of a Service that is as
// planned that is a Rollout which cannot release into a lane; notes of what has no
// effect are no trouble.
func (s Service) metricReason() string {
	p := s.reason()
	if s.programmed() {
		p = s.releaseProblem()
	}
	if p == nil {
		return apiv1.ReasonProgrammed
	}
	return p.Reason
}
