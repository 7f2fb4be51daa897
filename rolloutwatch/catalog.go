package rolloutwatch

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

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

// catalogs makes a catalog when a group or a lane has changed, and reads
// nothing but their versions otherwise. Groups that did not change are taken
// over from the last catalog.
type catalogs struct {
	mutex   sync.Mutex
	version uint64
	last    *catalog
}

var versionSeed = maphash.MakeSeed()

func (c *catalogs) get(ctx context.Context, r client.Reader) (*catalog, error) {
	var groups apiv1.ASMSwimLaneGroupList
	var lanes apiv1.ASMSwimLaneList
	if err := r.List(ctx, &groups, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing groups: %w", err)
	}
	if err := r.List(ctx, &lanes, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing lanes: %w", err)
	}
	total, byGroup := versions(groups.Items, lanes.Items)

	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.last == nil || c.version != total {
		c.last, c.version = newCatalog(groups.Items, lanes.Items, byGroup, c.last), total
	}
	return c.last, nil
}

// versions folds the versions of all objects, and those that concern each
// group. The sum of hashes does not depend on the order, which a cache's list
// does not have. A status write of ours makes no new version unless it says
// something that a decision depends on.
func versions(groups []apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane) (uint64, map[string]uint64) {
	total, byGroup := uint64(0), make(map[string]uint64, len(groups))
	add := func(group string, o client.Object, accepted bool) {
		v := maphash.Comparable(versionSeed, version{o.GetUID(), o.GetName(), specVersion(o), group, going(o), accepted})
		total += v
		byGroup[group] += v
	}
	for i := range groups {
		add(groups[i].Name, &groups[i], false)
	}
	for i := range lanes {
		add(lanes[i].Labels[apiv1.LabelSwimLaneGroup], &lanes[i], laneAccepted(&lanes[i]))
	}
	return total, byGroup
}

// version is what an object's part in a catalog depends on.
type version struct {
	uid             types.UID
	name, spec      string
	group           string
	going, accepted bool
}

// specVersion changes with the spec. An API in memory does not count
// generations.
func specVersion(o client.Object) string {
	if g := o.GetGeneration(); g != 0 {
		return strconv.FormatInt(g, 10)
	}
	return o.GetResourceVersion()
}

func newCatalog(groups []apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane, versions map[string]uint64, last *catalog) *catalog {
	c := &catalog{
		groups: make(map[string]*groupEntry, len(groups)),
		claims: map[types.NamespacedName][]*groupEntry{}, gateways: map[types.NamespacedName][]*groupEntry{},
		lanes: make(map[string]string, len(lanes)),
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

func olderFirst(a, b *groupEntry) int {
	return cmp.Or(
		a.created.Compare(b.created.Time),
		strings.Compare(a.Name, b.Name),
	)
}
