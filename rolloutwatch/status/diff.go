package status

import (
	"reflect"
	"slices"

	"lanekeeper.io/lane"
)

// Change is a Service before and after a change. A status that does not show it is not
// rolled up again: most changes are of a pod, which one or two lanes show.
type Change struct {
	lane.GroupService
	before, after Service
	// first is set when nothing was known of the Service before, gone when it has been
	// removed.
	first, gone bool
}

// Moved reports whether what ingress routes to the Service depend on changed: its lanes, its
// ports, or the state of its traffic.
func (c Change) Moved() bool {
	sameLane := func(a, b lane.Member) bool { return a.Lane == b.Lane }
	return c.gone || c.before.State != c.after.State || c.before.Baseline.Lane != c.after.Baseline.Lane ||
		!slices.Equal(c.before.Ports, c.after.Ports) || !slices.EqualFunc(c.before.Gray, c.after.Gray, sameLane) ||
		!slices.EqualFunc(c.before.Lacking, c.after.Lacking, sameLane) || c.unhidden()
}

// InGroup reports whether the group's status shows the change.
func (c Change) InGroup() bool {
	return c.whole() || !reflect.DeepEqual(c.before.inGroup(c.GroupService), c.after.inGroup(c.GroupService))
}

// InLane reports whether the lane's status shows the change, or depends on it.
func (c Change) InLane(name string) bool {
	if c.whole() {
		return true
	}
	before, was := c.before.Member(name)
	after, is := c.after.Member(name)
	return was != is || c.before.lacks(name) != c.after.lacks(name) || c.unhidden() ||
		is && c.before.inLane(c.GroupService, before) != c.after.inLane(c.GroupService, after) ||
		(c.before.Baseline.Lane == name) != (c.after.Baseline.Lane == name) ||
		(c.before.Awaited == name) != (c.after.Awaited == name) ||
		slices.Contains(c.before.Isolated, name) != slices.Contains(c.after.Isolated, name) ||
		slices.Contains(c.before.Unnamed, name) != slices.Contains(c.after.Unnamed, name) ||
		c.holds(name) && !reflect.DeepEqual(c.before.Blocking(), c.after.Blocking())
}

// unhidden reports whether the Gateway knows the Service since the change, or does not any more.
func (c Change) unhidden() bool { return !reflect.DeepEqual(c.before.Hidden, c.after.Hidden) }

// holds reports whether the lane may be waiting for the Service, and say why that stays as it is.
func (c Change) holds(name string) bool {
	return !slices.Contains(c.after.Isolated, name) || !slices.Contains(c.after.Unnamed, name)
}

// whole reports whether the change may be about every Service being known, which all
// statuses depend on.
func (c Change) whole() bool { return c.first || c.gone }
