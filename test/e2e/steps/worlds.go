package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// Worlds are groups drawn at random, some of them side by side in the one gateway, each over a chain of
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

func worldName(n int) string { return fmt.Sprintf("world%d", n) }

// Deploy brings the chains.
func (w *Worlds) Deploy() scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%d chains of two services", w.Beside), Do: func(ctx context.Context, p *scenario.Play) error {
		w.seed, w.drawn = cmp.Or(w.Seed, rand.Uint64()), 0
		fmt.Printf("worlds of seed %d\n", w.seed)
		for n := range w.Beside {
			name := worldName(n)
			p.Cleanup(func(ctx context.Context) error {
				_, err := p.Kubectl(ctx, "delete", "namespace", name, "--ignore-not-found", "--timeout=120s")
				return errors.Join(err, client.IgnoreNotFound(p.Client.Delete(ctx, worldGateway(name))))
			})
			if err := client.IgnoreAlreadyExists(p.Client.Create(ctx, worldGateway(name))); err != nil {
				return err
			}
			// What an earlier play left that was interrupted.
			if err := removeWorlds(ctx, p, []drawnWorld{drawWorld(rand.New(rand.NewPCG(0, 0)), name)}); err != nil {
				return err
			}
			if err := p.ApplyText(ctx, "{apiVersion: v1, kind: Namespace, metadata: {name: "+name+", labels: {istio-injection: enabled}}}"); err != nil {
				return err
			}
			if _, err := p.Kubectl(ctx, "apply", "-n", name, "-f", worldApps); err != nil {
				return err
			}
		}
		for n := range w.Beside {
			if err := p.AwaitDeployments(ctx, worldName(n)); err != nil {
				return err
			}
		}
		return nil
	}}
}

// Draw draws a world for each chain, asks requests in it, and takes it away again.
func (w *Worlds) Draw(requests int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%d random worlds, and %d requests in each", w.Beside, requests), Do: func(ctx context.Context, p *scenario.Play) error {
		var drawn []drawnWorld
		p.Cleanup(func(ctx context.Context) error { return removeWorlds(ctx, p, drawn) })
		for n := range w.Beside {
			d := drawWorld(rand.New(rand.NewPCG(w.seed, uint64(w.drawn))), worldName(n))
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
			if err := d.ask(ctx, p, requests); err != nil {
				return fmt.Errorf("world %d of seed %d: %w\n%s", w.drawn-len(drawn)+i, w.seed, err, d)
			}
		}
		return removeWorlds(ctx, p, drawn)
	}}
}

// apply creates the objects, and scales the workloads.
func (d drawnWorld) apply(ctx context.Context, p *scenario.Play) error {
	for workload, replicas := range d.replicas {
		if _, err := p.Kubectl(ctx, "-n", d.group.Name, "scale", "deployment/"+workload, fmt.Sprintf("--replicas=%d", replicas)); err != nil {
			return err
		}
	}
	if err := p.AwaitDeployments(ctx, d.group.Name); err != nil {
		return err
	}
	for _, o := range d.objects() {
		if err := p.Client.Create(ctx, o); err != nil {
			return err
		}
	}
	return nil
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

// ask asks random requests, each of which goes where the explanation says.
func (d drawnWorld) ask(ctx context.Context, p *scenario.Play, requests int) error {
	world, err := readWorld(ctx, p.Client, d.group.Name)
	if err != nil {
		return err
	}
	way, err := p.Way(ctx)
	if err != nil {
		return err
	}
	transport := &http.Transport{DialContext: way.Dial}
	defer transport.CloseIdleConnections()
	for range requests {
		r := d.request()
		if other, err := world.otherwise(ctx, transport, way.URL, r); err != nil || other != "" {
			return fmt.Errorf("%+v: %s %w", r, other, err)
		}
	}
	return nil
}

// removeWorlds deletes the lanes, then the groups, and waits until they are gone.
func removeWorlds(ctx context.Context, p *scenario.Play, drawn []drawnWorld) error {
	for _, kind := range []string{"asmswimlanegroup", "asmswimlane"} {
		args := []string{"delete", kind, "--ignore-not-found", "--timeout=120s"}
		for _, d := range drawn {
			for _, o := range d.objects() {
				if _, group := o.(*lanev1.ASMSwimLaneGroup); group == (kind == "asmswimlanegroup") {
					args = append(args, o.GetName())
				}
			}
		}
		if _, err := p.Kubectl(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}
