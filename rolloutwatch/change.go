package rolloutwatch

import (
	"reflect"
	"slices"

	"lanekeeper.io/lane"
)

// change is what happened to a Service's row. A status that does not show it is
// not rolled up again: most changes are of a pod, which one or two lanes show.
type change struct {
	serviceRequest
	before, after row
	// first: there was no row before. gone: there is none any more.
	first, gone bool
}

// moved: the Service's lanes or the state of its traffic changed.
func (c change) moved() bool {
	sameLane := func(a, b lane.Member) bool { return a.Lane == b.Lane }
	return c.gone || c.before.state != c.after.state || c.before.baseline.Lane != c.after.baseline.Lane ||
		!slices.EqualFunc(c.before.gray, c.after.gray, sameLane)
}

// inGroup: the group's status shows the change.
func (c change) inGroup() bool {
	return c.whole() || !reflect.DeepEqual(c.before.groupStatus(c.serviceRequest), c.after.groupStatus(c.serviceRequest))
}

// inLane: the lane's status shows the change, or depends on it.
func (c change) inLane(name string) bool {
	if c.whole() {
		return true
	}
	before, was := c.before.member(name)
	after, is := c.after.member(name)
	return was != is ||
		is && c.before.laneStatus(c.serviceRequest, before) != c.after.laneStatus(c.serviceRequest, after) ||
		(c.before.baseline.Lane == name) != (c.after.baseline.Lane == name) ||
		slices.Contains(c.before.listed, name) != slices.Contains(c.after.listed, name) ||
		slices.Contains(c.before.free, name) != slices.Contains(c.after.free, name)
}

// whole: whether every Service is known may have changed, which all statuses
// depend on.
func (c change) whole() bool { return c.first || c.gone }
