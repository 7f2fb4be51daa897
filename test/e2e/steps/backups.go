package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Backups are copies of everything of ours, by when they were taken.
type Backups struct {
	of map[string][]client.Object
}

// Take takes one.
func (b *Backups) Take(when string) scenario.Step {
	return scenario.Step{What: "a backup " + when, Do: func(ctx context.Context, p *scenario.Play) error {
		all, err := everything(ctx, p)
		if b.of == nil {
			b.of = map[string][]client.Object{}
		}
		b.of[when] = all
		return err
	}}
}

// Restore puts a backup in the place of what there is, and waits by another step
// until that is as it should be.
func (b *Backups) Restore(when string, repaired scenario.Step) scenario.Step {
	return scenario.Step{What: "the backup " + when + " is restored", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.Harmed, Detail: "a backup is restored"})
		for _, o := range b.of[when] {
			if err := putBack(ctx, p, o); err != nil {
				return err
			}
		}
		from := time.Now()
		if err := repaired.Do(ctx, p); err != nil {
			return err
		}
		p.Note("a backup %s was restored: all was right again %.1fs after, %s settle included", when, time.Since(from).Seconds(), cluster.Settle)
		return awaitHealed(ctx, p, "")
	}}
}

// Insist lets a tool put its old copy of a service's routes back again and again, as
// those do that heal drift from a repository. Each time costs us one write, and when
// the tool gives up, ours stays.
func (b *Backups) Insist(when, service string, times int) scenario.Step {
	o := routesOf(service)
	return scenario.Step{What: "a tool insists on its copy of " + o.key.Name, Do: func(ctx context.Context, p *scenario.Play) error {
		was, err := readObject(ctx, p, o)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(b.of[when], func(c client.Object) bool {
			return kindOf(c) == kindOf(o.empty) && client.ObjectKeyFromObject(c) == o.key
		})
		p.Timeline.Add(timeline.Event{Kind: timeline.Harmed, Service: o.ofService, Detail: "a tool insists on its copy"})
		var longest time.Duration
		for range times {
			if err := putBack(ctx, p, b.of[when][i]); err != nil {
				return err
			}
			took, err := awaitRepair(ctx, p, o, was)
			if err != nil {
				return err
			}
			longest = max(longest, took)
		}
		p.Note("a tool put its copy back %d times: repaired %dms after at the latest", times, longest.Milliseconds())
		if err := awaitHealed(ctx, p, o.ofService); err != nil {
			return err
		}
		is, err := readObject(ctx, p, o)
		if writes := is.GetGeneration() - was.GetGeneration(); err == nil && writes != int64(2*times) {
			return fmt.Errorf("the spec was written %d times, of which the tool did %d", writes, times)
		}
		return err
	}}
}

// putBack replaces or creates an object, as backup tools do: spec, labels and
// annotations. Meanwhile we repair, so that somebody may be faster.
func putBack(ctx context.Context, p *scenario.Play, o client.Object) error {
	for {
		is := o.DeepCopyObject().(client.Object)
		err := p.Client.Get(ctx, client.ObjectKeyFromObject(o), is)
		next := o.DeepCopyObject().(client.Object)
		next.SetUID(is.GetUID())
		next.SetResourceVersion(is.GetResourceVersion())
		switch {
		case apierrors.IsNotFound(err):
			next.SetUID("")
			next.SetResourceVersion("")
			err = p.Client.Create(ctx, next)
		case err == nil:
			err = p.Client.Update(ctx, next)
		}
		if !apierrors.IsConflict(err) {
			return err
		}
	}
}
