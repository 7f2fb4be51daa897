package rolloutwatch

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// catalog is what all groups and lanes say, parsed. It does not change once
// made.
type catalog struct {
	groups map[string]*groupEntry
	// claims are the groups that name a Service. The first one's word counts:
	// the oldest group's, and of two as old that of the first name.
	claims map[types.NamespacedName][]*groupEntry
	// gateways are the groups whose entry is on a gateway, in the same order.
	gateways map[types.NamespacedName][]*groupEntry
	// lanes are the groups that lanes belong to, by the lane's name.
	lanes map[string]string
	// namespaces have a Service that some group names.
	namespaces map[string]bool
}

type groupEntry struct {
	lane.Group
	version uint64
	created metav1.Time
	// leaving: the group is being deleted.
	leaving bool
	// problem is why the group is unusable as a whole.
	problem *lane.Problem
}

// gateway that the group's entry is on; of no name when it has none.
func (e *groupEntry) gateway() types.NamespacedName {
	if e.Ingress == nil {
		return types.NamespacedName{}
	}
	return e.Ingress.Gateway
}

// owner is the group whose word counts for a Service; nil when no group that
// stays names it.
func (c *catalog) owner(service types.NamespacedName) *groupEntry {
	for _, e := range c.claims[service] {
		if !e.leaving {
			return e
		}
	}
	return nil
}

// entryClash is why a group's entry gives way to one of an older group on the
// same gateway; nil when it need not.
func (c *catalog) entryClash(e *groupEntry) *lane.Problem {
	for _, older := range c.gateways[e.gateway()] {
		if older == e {
			return nil
		}
		if older.leaving {
			continue
		}
		if clash := lane.EntryClash(e.Group, older.Group); clash != nil {
			return clash
		}
	}
	return nil
}

// onGateways are the groups whose entry is on one of the gateways, sorted.
func (c *catalog) onGateways(gateways []types.NamespacedName) []string {
	var out []string
	for _, gateway := range gateways {
		for _, e := range c.gateways[gateway] {
			out = append(out, e.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func newCatalog(groups []apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane, versions map[string]uint64, last *catalog) *catalog {
	c := &catalog{
		groups: make(map[string]*groupEntry, len(groups)),
		claims: map[types.NamespacedName][]*groupEntry{}, gateways: map[types.NamespacedName][]*groupEntry{},
		lanes: make(map[string]string, len(lanes)), namespaces: map[string]bool{},
	}
	members := map[string][]apiv1.ASMSwimLane{}
	for i := range lanes {
		group := lanes[i].Labels[apiv1.LabelSwimLaneGroup]
		members[group] = append(members[group], lanes[i])
		c.lanes[lanes[i].Name] = group
	}
	for i := range groups {
		name := groups[i].Name
		if last != nil && last.groups[name] != nil && last.groups[name].version == versions[name] {
			c.groups[name] = last.groups[name]
			continue
		}
		entry := &groupEntry{version: versions[name], created: groups[i].CreationTimestamp, leaving: going(&groups[i])}
		entry.Group, entry.problem = lane.NewGroup(&groups[i], members[name])
		c.groups[name] = entry
	}
	for _, e := range c.groups {
		for _, service := range e.Services {
			c.claims[service] = append(c.claims[service], e)
			c.namespaces[service.Namespace] = true
		}
		if gateway := e.gateway(); gateway.Name != "" {
			c.gateways[gateway] = append(c.gateways[gateway], e)
		}
	}
	for _, claims := range c.claims {
		slices.SortFunc(claims, olderFirst)
	}
	for _, entries := range c.gateways {
		slices.SortFunc(entries, olderFirst)
	}
	return c
}

// oldestFirst are those of the Services that a group has, in the order in which
// they say what a pod is that all of them select: the oldest group's first, and
// else as they were.
func (c *catalog) oldestFirst(services []types.NamespacedName) []types.NamespacedName {
	services = slices.DeleteFunc(services, func(s types.NamespacedName) bool { return c.owner(s) == nil })
	slices.SortStableFunc(services, func(a, b types.NamespacedName) int { return olderFirst(c.owner(a), c.owner(b)) })
	return services
}

func olderFirst(a, b *groupEntry) int {
	return cmp.Or(
		a.created.Compare(b.created.Time),
		strings.Compare(a.Name, b.Name),
	)
}
