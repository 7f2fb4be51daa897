package istio

import (
	"time"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// How everybody's requests go from a lane to all versions (lane/allversions.go): the routes go when proxies
// know that subset, and the lane's own becomes a gray one, or an empty one where the lane lacks the Service,
// when they know the routes.

// left is the lane that everybody meets, or met until a while ago, instead of all versions, and how long it
// is still counted as that once routes go to serving (0 while they stay); empty for none.
func (l *live) left(plan lane.Plan, serving string, now time.Time) (string, time.Duration) {
	if !plan.WithoutBaseline() || l.rule == nil {
		return "", 0
	}
	if last := l.last(); last != lane.AllVersions {
		if l.find(last) == nil {
			return "", 0
		}
		if serving == lane.AllVersions {
			return last, l.settle
		}
		return last, 0
	}
	from, to := l.moves()
	wait := until(l.deadline(apiv1.AnnotationMovedAfter, now), now)
	if to != lane.AllVersions || l.find(from) == nil || wait == 0 {
		return "", 0
	}
	return from, wait
}

// ofAllVersions notes which lane is left, and when every proxy knows the routes.
func (d *deadlines) ofAllVersions(t transition) {
	d.next[apiv1.AnnotationMoves] = t.left + "/" + lane.AllVersions
	if t.serving == lane.AllVersions {
		d.once(apiv1.AnnotationMovedAfter, d.live.last() == lane.AllVersions)
	}
}
