package steps

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// A world in which a request goes another way than explained is made smaller as long as it still
// does, and kept beside the scenario's other evidence.

// shrinking ends after a while: each try takes some settles.
const shrinking = 3 * time.Minute

// shrink returns the smallest world that was found in which the request goes another way.
func (d drawnWorld) shrink(ctx context.Context, p *scenario.Play, r lane.Request) drawnWorld {
	ctx, cancel := context.WithTimeout(ctx, shrinking)
	defer cancel()
	for found := true; found; {
		found = false
		for _, smaller := range d.smaller() {
			if smaller.replace(ctx, p) == nil && smaller.otherwise(ctx, p, r) {
				d, found = smaller, true
				break
			}
			if ctx.Err() != nil {
				return d
			}
		}
	}
	return d
}

// otherwise reports whether a request goes another way than explained in the world that is there now.
func (d drawnWorld) otherwise(ctx context.Context, p *scenario.Play, r lane.Request) bool {
	if d.settled(ctx, p) != nil || scenario.Pass(ctx, 3*cluster.Settle) != nil {
		return false
	}
	err := explained(ctx, p, d.group.Name, inARow, func() lane.Request { return r })
	return err != nil && ctx.Err() == nil
}

// smaller are worlds that lack one thing each.
func (d drawnWorld) smaller() []drawnWorld {
	var out []drawnWorld
	without := func(edit func(*drawnWorld)) {
		next := d.clone()
		edit(&next)
		out = append(out, next)
	}
	for i, l := range d.lanes {
		for n := range l.Spec.IngressRules {
			without(func(next *drawnWorld) {
				next.lanes[i].Spec.IngressRules = slices.Delete(next.lanes[i].Spec.IngressRules, n, n+1)
			})
		}
	}
	if d.group.Spec.DefaultTrafficPolicyPatch != nil {
		without(func(next *drawnWorld) { next.group.Spec.DefaultTrafficPolicyPatch = nil })
	}
	if d.group.Spec.DefaultHTTPRoutePatch != nil {
		without(func(next *drawnWorld) { next.group.Spec.DefaultHTTPRoutePatch = nil })
	}
	for workload, n := range d.replicas {
		if n > 0 && !baselineWorkload(workload) {
			without(func(next *drawnWorld) { next.replicas[workload] = 0 })
		}
	}
	return out
}

// clone is a copy that shares nothing.
func (d drawnWorld) clone() drawnWorld {
	out := drawnWorld{random: d.random, group: d.group.DeepCopy(), replicas: map[string]int{}}
	for _, l := range d.lanes {
		out.lanes = append(out.lanes, l.DeepCopy())
	}
	maps.Copy(out.replicas, d.replicas)
	return out
}

// replace makes the world that is there into this one.
func (d drawnWorld) replace(ctx context.Context, p *scenario.Play) error {
	if err := d.scale(ctx, p); err != nil {
		return err
	}
	for _, o := range d.objects() {
		err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
			is := o.DeepCopyObject().(client.Object)
			if err := p.Client.Get(ctx, client.ObjectKeyFromObject(o), is); err != nil {
				return err
			}
			switch is := is.(type) {
			case *lanev1.ASMSwimLaneGroup:
				is.Spec = d.group.Spec
			case *lanev1.ASMSwimLane:
				is.Spec = o.(*lanev1.ASMSwimLane).Spec
			}
			return p.Client.Update(ctx, is)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keep writes the world where a person finds it.
func (d drawnWorld) keep(p *scenario.Play, why string) error {
	file := filepath.Join(p.Artifacts(), d.group.Name+".yaml")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(fmt.Sprintf("# %s\n%s", why, d)), 0o644); err != nil {
		return err
	}
	fmt.Println("the smallest world that was found is in", file)
	return nil
}
