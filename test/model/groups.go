package model

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// group is one of the world's two groups as people write it. Both may name the
// same Service, and both enter by one Gateway.
type group struct {
	name string
	// title is what actions call it.
	title string
	// lanes that it ever has; the first is its baseline.
	lanes []string
}

var (
	firstGroup  = group{"rollout", "the group", []string{"base", "canary", "s2"}}
	secondGroup = group{"second", "the second group", []string{"second-base", "second-canary"}}
	// groups are in the order of their names, which decides between two that are
	// as old.
	groups = []group{firstGroup, secondGroup}
)

// ownService is named by the second group alone when it is applied. mockb or
// mocka, where the first group's requests do not enter, is named by both.
const ownService = "mockc"

func (w *world) sharedService() string { return services[1-slices.Index(services, w.Entry)] }

func (w *world) servicesOf(g group) []string {
	if g.name == firstGroup.name {
		return services[:2]
	}
	return []string{w.sharedService(), ownService}
}

// entryOf is the Service that a group's requests enter at.
func (w *world) entryOf(g group) string {
	if g.name == firstGroup.name {
		return w.Entry
	}
	return ownService
}

// kindOfLane is the value of the lane label that a lane selects, which is what
// its pods are: lanes of both groups select the same pods.
func kindOfLane(lane string) string { return strings.TrimPrefix(lane, "second-") }

// suffix ends the names of actions that say nothing of a group where they are
// the first group's.
func (g group) suffix() string {
	if g.name == firstGroup.name {
		return ""
	}
	return " of " + g.title
}

// laneOf is a group's lane for pods of a kind; empty when it never has one.
func (g group) laneOf(kind string) string {
	i := slices.IndexFunc(g.lanes, func(l string) bool { return kindOfLane(l) == kind })
	if i < 0 {
		return ""
	}
	return g.lanes[i]
}

func allLanes() []string { return slices.Concat(firstGroup.lanes, secondGroup.lanes) }

// object is the group as it is; it must not be changed.
func (w *world) object(g group) *apiv1.ASMSwimLaneGroup {
	o, _ := w.store.of("ASMSwimLaneGroup").objects[types.NamespacedName{Name: g.name}].(*apiv1.ASMSwimLaneGroup)
	return o
}

func (w *world) lane(name string) *apiv1.ASMSwimLane {
	o, _ := w.store.of("ASMSwimLane").objects[types.NamespacedName{Name: name}].(*apiv1.ASMSwimLane)
	return o
}

func (w *world) laneStands(name string) bool {
	l := w.lane(name)
	return l != nil && l.DeletionTimestamp.IsZero()
}

// groupStands: the group is there and stays, valid or not.
func (w *world) groupStands(g group) bool {
	o := w.object(g)
	return o != nil && o.DeletionTimestamp.IsZero()
}

func (w *world) names(g group, service string) bool {
	return slices.ContainsFunc(w.object(g).Spec.Services, func(r apiv1.ServiceReference) bool { return r.Name == service })
}

// byAge are the groups that stand, the older first.
func (w *world) byAge() []group {
	out := slices.DeleteFunc(slices.Clone(groups), func(g group) bool { return !w.groupStands(g) })
	slices.SortStableFunc(out, func(a, b group) int {
		return w.object(a).CreationTimestamp.Compare(w.object(b).CreationTimestamp.Time)
	})
	return out
}

// owner is the group that has a Service: the older of those that name it.
func (w *world) owner(service string) (group, bool) {
	for _, g := range w.byAge() {
		if w.names(g, service) {
			return g, true
		}
	}
	return group{}, false
}

func (w *world) owns(g group, service string) bool {
	owner, ok := w.owner(service)
	return ok && owner.name == g.name
}

// moves: the Service is another group's than it was, whose objects are there
// still. Until they are gone its gray pods are to be outsiders, and a new pod is
// made one after the webhook, which does not know of the objects.
func (w *world) moves(service string) bool {
	return slices.ContainsFunc(groups, func(g group) bool {
		return !w.owns(g, service) && w.hasObjects(g, service)
	})
}

// hasObjects: the group has a rule or routes of the Service.
func (w *world) hasObjects(g group, service string) bool {
	return w.rule(g.ruleKey(service)) != nil || w.routes(g.routesKey(service)) != nil
}

// ownerOrFirst is for what has to be said of a Service that nobody has, too.
func (w *world) ownerOrFirst(service string) group {
	owner, ok := w.owner(service)
	if !ok {
		return firstGroup
	}
	return owner
}

// follows: the controllers follow what the group says.
func (w *world) follows(g group) bool {
	return w.groupStands(g) && w.valid(g) && w.laneStands(g.lanes[0]) && w.laneStands(w.baselineOf(g))
}

// released is the lane into which a group takes what the Rollout releases;
// empty when the Rollout does not name one of its lanes: its annotation names
// the first group's, its pods' label those of both.
func (w *world) released(g group) string {
	if g.name == firstGroup.name || w.Patched {
		return g.laneOf("canary")
	}
	return ""
}

func (w *world) headerOf(g group) string {
	return w.object(g).Spec.PermissiveModeConfiguration.RouteHeader
}

// nobodys is a Service that no group has. A group that says what it falls back to is invalid.
const nobodys = "default/nobody"

// valid reports whether a group's spec is; its lanes may be missing.
func (w *world) valid(g group) bool {
	return w.object(g).Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget[nobodys] == ""
}
