package rolloutwatch

import (
	"context"
	"fmt"
	"hash/maphash"
	"strconv"
	"sync"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// catalogs makes a catalog when a group or a lane has changed, and reads no
// more than their versions otherwise. Groups that did not change are taken
// over from the last catalog.
type catalogs struct {
	mutex   sync.Mutex
	version uint64
	last    *catalog
	// told counts the events of groups and lanes, and heard are those that had
	// come when the last catalog was begun.
	told     atomic.Int64
	heard    int64
	followed bool
}

// follow makes it known when the last catalog may be out of date.
func (c *catalogs) follow(ctx context.Context, from cache.Cache) error {
	for _, kind := range []client.Object{&apiv1.ASMSwimLaneGroup{}, &apiv1.ASMSwimLane{}} {
		informer, err := from.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
		if err == nil {
			_, err = informer.AddEventHandlerWithOptions(toolscache.ResourceEventHandlerFuncs{
				AddFunc: func(any) { c.outdated() }, UpdateFunc: func(_, _ any) { c.outdated() }, DeleteFunc: func(any) { c.outdated() },
			}, toolscache.HandlerOptions{})
		}
		if err != nil {
			return fmt.Errorf("watching %T: %w", kind, err)
		}
	}
	c.followed = true
	return nil
}

// outdated: a group or a lane may have changed. Who enqueues for an event of
// theirs, and relies on known to have seen it, says so before: the informer tells
// its listeners in no order.
func (c *catalogs) outdated() { c.told.Add(1) }

// known is the catalog as far as events told of it, for what happens far more
// often than groups and lanes change: it reads nothing. It may be as old as an
// informer's event takes to arrive.
func (c *catalogs) known(ctx context.Context, r client.Reader) (*catalog, error) {
	c.mutex.Lock()
	last, current := c.last, c.followed && c.heard == c.told.Load()
	c.mutex.Unlock()
	if last != nil && current {
		return last, nil
	}
	return c.get(ctx, r)
}

// get is the catalog as the cache has it now.
func (c *catalogs) get(ctx context.Context, r client.Reader) (*catalog, error) {
	told := c.told.Load()
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
	if told < c.heard {
		return c.last, nil // somebody who began later was faster
	}
	c.heard = told
	if c.last == nil || c.version != total {
		c.last, c.version = newCatalog(groups.Items, lanes.Items, byGroup, c.last), total
	}
	return c.last, nil
}

var versionSeed = maphash.MakeSeed()

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
		add(lanes[i].Labels[apiv1.LabelSwimLaneGroup], &lanes[i], lane.Accepted(&lanes[i]))
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
