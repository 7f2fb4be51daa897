package rolloutwatch

import (
	"github.com/prometheus/client_golang/prometheus"

	apiv1 "lanekeeper.io/api/v1"
)

// metrics count what happens, and read the rest from the board when they are
// asked: a lane that is gone leaves no stale series.
type metrics struct {
	board      *board
	relabelled *prometheus.CounterVec
}

var (
	descMembers = prometheus.NewDesc("lanekeeper_lane_members",
		"Services that are in a lane now.", []string{"group", "lane"}, nil)
	descServices = prometheus.NewDesc("lanekeeper_services",
		"Services of a group by the reason in its status: Programmed, Settling, Conflict, Frozen and so on.", []string{"group", "reason"}, nil)
	descEntries = prometheus.NewDesc("lanekeeper_entries",
		"Entries of a group (0 or 1) by the reason of its condition IngressProgrammed.", []string{"group", "reason"}, nil)
)

func newMetrics(b *board) *metrics {
	return &metrics{board: b, relabelled: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lanekeeper_relabelled_pods_total",
		Help: "Pods whose labels the manager corrected, by what they are.",
	}, []string{"kind"})}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(out chan<- *prometheus.Desc) {
	m.relabelled.Describe(out)
	out <- descMembers
	out <- descServices
	out <- descEntries
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	m.relabelled.Collect(out)
	type pair struct{ group, of string }
	members, services := map[pair]int{}, map[pair]int{}
	m.board.each(func(key serviceRequest, r row) {
		if r.baseline.Lane != "" {
			members[pair{key.Group, r.baseline.Lane}]++
		}
		for _, g := range r.gray {
			members[pair{key.Group, g.Lane}]++
		}
		services[pair{key.Group, r.word()}]++
	})
	for k, n := range members {
		out <- prometheus.MustNewConstMetric(descMembers, prometheus.GaugeValue, float64(n), k.group, k.of)
	}
	for k, n := range services {
		out <- prometheus.MustNewConstMetric(descServices, prometheus.GaugeValue, float64(n), k.group, k.of)
	}
	for group, reason := range m.board.entryReasons() {
		out <- prometheus.MustNewConstMetric(descEntries, prometheus.GaugeValue, 1, group, reason)
	}
}

// word is what a person has to know of the row in one word. Of a Service that is
// as planned that is a Rollout which cannot release into a lane; notes of what
// has no effect are no trouble.
func (r row) word() string {
	p := r.reason()
	if r.programmed() {
		p = r.releaseProblem()
	}
	if p == nil {
		return apiv1.ReasonProgrammed
	}
	return p.Reason
}
