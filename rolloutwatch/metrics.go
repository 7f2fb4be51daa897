package rolloutwatch

import (
	"github.com/prometheus/client_golang/prometheus"
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
	descSettling = prometheus.NewDesc("lanekeeper_services_settling",
		"Services with a subset or a route that waits for the proxies.", []string{"group"}, nil)
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
	out <- descSettling
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	m.relabelled.Collect(out)
	type groupLane struct{ group, lane string }
	members, settling := map[groupLane]int{}, map[string]int{}
	m.board.each(func(key serviceRequest, r row) {
		if r.baseline.Lane != "" {
			members[groupLane{key.Group, r.baseline.Lane}]++
		}
		for _, g := range r.gray {
			members[groupLane{key.Group, g.Lane}]++
		}
		settling[key.Group] += 0
		if !r.complete && r.problem == nil {
			settling[key.Group]++
		}
	})
	for k, n := range members {
		out <- prometheus.MustNewConstMetric(descMembers, prometheus.GaugeValue, float64(n), k.group, k.lane)
	}
	for group, n := range settling {
		out <- prometheus.MustNewConstMetric(descSettling, prometheus.GaugeValue, float64(n), group)
	}
}
