package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// Worlds are groups drawn at random, some of them side by side on one Gateway, each over a chain of
// its own (manifests/worlds): what Envoy does with random requests is what lane.Explain says.
type Worlds struct {
	// Beside is how many there are at a time.
	Beside int
	// Seed makes the same worlds again; 0 makes others each time.
	Seed  uint64
	seed  uint64
	drawn int
}

const worldApps = "test/e2e/manifests/worlds/apps.yaml"

// names are those of the worlds at a time: of their groups and namespaces.
func (w *Worlds) names() []string {
	out := make([]string, w.Beside)
	for n := range out {
		out[n] = fmt.Sprintf("world%d", n)
	}
	return out
}

// Deploy brings the chains.
func (w *Worlds) Deploy() scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%d chains of two services", w.Beside), Do: func(ctx context.Context, p *scenario.Play) error {
		w.seed, w.drawn = cmp.Or(w.Seed, rand.Uint64()), 0
		fmt.Printf("worlds of seed %d\n", w.seed)
		remove := func(ctx context.Context) error { return removeGroups(ctx, p, w.names(), w.names()...) }
		p.Cleanup(remove)
		if err := remove(ctx); err != nil { // what an earlier play left that was interrupted
			return err
		}
		gateway := worldGateway(w.names())
		p.Cleanup(func(ctx context.Context) error { return client.IgnoreNotFound(p.Client.Delete(ctx, gateway)) })
		if err := client.IgnoreAlreadyExists(p.Client.Create(ctx, gateway)); err != nil {
			return err
		}
		for _, name := range w.names() {
			if err := w.bring(ctx, p, name); err != nil {
				return err
			}
		}
		for _, name := range w.names() {
			if err := p.AwaitDeployments(ctx, name); err != nil {
				return err
			}
		}
		return nil
	}}
}

// namespaceInMesh is a namespace whose pods get sidecars.
func namespaceInMesh(name string) string {
	return "{apiVersion: v1, kind: Namespace, metadata: {name: " + name + ", labels: {istio-injection: enabled}}}"
}

// bring brings the chain of a world.
func (*Worlds) bring(ctx context.Context, p *scenario.Play, name string) error {
	if err := p.ApplyText(ctx, namespaceInMesh(name)); err != nil {
		return err
	}
	_, err := p.Kubectl(ctx, "apply", "-n", name, "-f", worldApps)
	return err
}

// Draw draws a world for each chain, asks requests in it, and takes it away again.
func (w *Worlds) Draw(requests int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%d random worlds, and %d requests in each", w.Beside, requests), Do: func(ctx context.Context, p *scenario.Play) error {
		var drawn []drawnWorld
		for _, name := range w.names() {
			d := drawWorld(rand.New(rand.NewPCG(w.seed, uint64(w.drawn))), name)
			w.drawn++
			drawn = append(drawn, d)
			if err := d.apply(ctx, p); err != nil {
				return fmt.Errorf("world %d of seed %d: %w", w.drawn-1, w.seed, err)
			}
		}
		for _, d := range drawn {
			if err := d.settled(ctx, p); err != nil {
				return err
			}
		}
		if err := scenario.Pass(ctx, 3*cluster.Settle); err != nil { // every proxy learns of it
			return err
		}
		for i, d := range drawn {
			err := explained(ctx, p, d.group.Name, requests, d.request)
			if err == nil {
				continue
			}
			err = fmt.Errorf("world %d of seed %d: %w\n%s", w.drawn-len(drawn)+i, w.seed, err, d)
			if otherwise, ok := errors.AsType[*wentOtherwiseError](err); ok {
				err = errors.Join(err, d.shrink(ctx, p, otherwise.request).keep(p, otherwise.Error()))
			}
			return err
		}
		return removeGroups(ctx, p, w.names())
	}}
}

// apply creates the objects, and scales the workloads.
func (d drawnWorld) apply(ctx context.Context, p *scenario.Play) error {
	if err := d.scale(ctx, p); err != nil {
		return err
	}
	for _, o := range d.objects() {
		if err := p.Client.Create(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// scale gives the workloads as many pods as the world has.
func (d drawnWorld) scale(ctx context.Context, p *scenario.Play) error {
	for workload, replicas := range d.replicas {
		if _, err := p.Kubectl(ctx, "-n", d.group.Name, "scale", "deployment/"+workload, fmt.Sprintf("--replicas=%d", replicas)); err != nil {
			return err
		}
	}
	return p.AwaitDeployments(ctx, d.group.Name)
}

// settled waits until nothing is under way for the group and its lanes.
func (d drawnWorld) settled(ctx context.Context, p *scenario.Play) error {
	return cluster.Await(ctx, "group "+d.group.Name+" to settle", time.Minute, func(ctx context.Context) (string, error) {
		for _, o := range d.objects() {
			if err := p.Client.Get(ctx, client.ObjectKeyFromObject(o), o); err != nil {
				return "", err
			}
			var conditions []metav1.Condition
			switch o := o.(type) {
			case *lanev1.ASMSwimLaneGroup:
				conditions = o.Status.Conditions
			case *lanev1.ASMSwimLane:
				conditions = o.Status.Conditions
			}
			c := meta.FindStatusCondition(conditions, lanev1.ConditionReady)
			if c == nil || c.ObservedGeneration != o.GetGeneration() || c.Reason == lanev1.ReasonSettling || c.Reason == lanev1.ReasonWriteFailed {
				return fmt.Sprintf("%s is %+v", o.GetName(), c), nil
			}
		}
		return "", nil
	})
}
