package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Removals in the orders that people take when they have not read how. Pods are
// created meanwhile: those of mocka, which nobody releases.

// kindsFirst deletes the kinds, and the product when nothing of them is left.
func kindsFirst() []scenario.Step {
	return []scenario.Step{removeKinds(), replacePods("mocka"), removeProduct(), replacePods("mocka"), wait(5 * time.Second), installProduct()}
}

func removeKinds() scenario.Step {
	return scenario.Step{What: "kubectl delete -k manifests/crd", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "-k", "manifests/crd", "--timeout=60s"); err != nil {
			return err
		}
		return withoutUs(ctx, p)
	}}
}

func removeProduct() scenario.Step {
	return scenario.Step{What: "kubectl delete -k, when no group is left", Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, "delete", "-k", cluster.Product, "--ignore-not-found", "--timeout=60s")
		return err
	}}
}

// managersFirst deletes the managers, and then the group, which waits for them.
// New managers end what was begun.
func managersFirst() []scenario.Step {
	return []scenario.Step{
		removeManagers(), replacePods("mocka"), wait(5 * time.Second),
		removeGroupInVain(), wait(5 * time.Second),
		newManagersEndIt(),
	}
}

func removeManagers() scenario.Step {
	return scenario.Step{What: "kubectl delete namespace " + cluster.ProductNamespace, Do: func(ctx context.Context, p *scenario.Play) error {
		away(p)
		_, err := p.Kubectl(ctx, "delete", "namespace", cluster.ProductNamespace, "--timeout=60s")
		return err
	}}
}

// removeGroupInVain shows that the traffic stays as it was for as long as nobody
// can take the group out of it.
func removeGroupInVain() scenario.Step {
	return scenario.Step{What: "kubectl delete asmswimlanegroup " + cluster.Group + ", with no manager", Do: func(ctx context.Context, p *scenario.Play) error {
		seen := timeline.Writes(p.Timeline.Events())
		if _, err := p.Kubectl(ctx, "delete", "asmswimlanegroup", cluster.Group, "--timeout=5s"); err == nil {
			return errors.New("it was expected to wait for a manager")
		}
		group, err := groupNamed(ctx, p, cluster.Group)
		if err != nil {
			return err
		}
		if group.DeletionTimestamp == nil {
			return errors.New("the group is not being deleted")
		}
		if writes := timeline.Writes(p.Timeline.Events()) - seen; writes > 0 {
			return fmt.Errorf("there were %d mesh writes", writes)
		}
		return nil
	}}
}

func newManagersEndIt() scenario.Step {
	return scenario.Step{What: "kubectl apply -k, and the group leaves", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved}) // it takes effect now
		if err := p.DeployProduct(ctx); err != nil {
			return err
		}
		if _, err := p.Kubectl(ctx, "wait", "--for=delete", "asmswimlanegroup", cluster.Group, "--timeout=60s"); err != nil {
			return err
		}
		back(p)
		return withoutUs(ctx, p)
	}}
}

// removeSamples deletes all that the samples are, applications and gateway too, in
// the middle of a release. Requests are lost, through whoever does that. What has to
// hold is that nothing hangs, and that nothing is left.
func removeSamples() scenario.Step {
	return scenario.Step{What: "kubectl delete -k " + cluster.Samples, Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range cluster.Chain {
			p.Timeline.Add(timeline.Event{Kind: timeline.Harmed, Service: s, Detail: "its workload is deleted"})
		}
		p.Timeline.Add(timeline.Event{Kind: timeline.Promoted, Service: "mockb"}) // by Kruise, as its Rollout goes
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "-k", cluster.Samples, "--timeout=120s"); err != nil {
			return err
		}
		if _, err := p.Kubectl(ctx, "wait", "--for=delete", "pods", "--all", "-n", cluster.Namespace, "--timeout=60s"); err != nil {
			return err
		}
		return withoutUs(ctx, p)
	}}
}

// applySamples brings them back as they stand, with the first versions.
func applySamples() scenario.Step {
	return scenario.Step{What: "kubectl apply -k " + cluster.Samples, Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range cluster.Chain {
			p.Newest[s] = cluster.Version{Number: 1}
			p.Timeline.Add(timeline.Event{Kind: timeline.Published, Service: s, Version: p.Newest[s].String(), Detail: "by the samples"})
			p.Timeline.Add(timeline.Event{Kind: timeline.Promoted, Service: s})
		}
		if err := p.ApplySamples(ctx); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, promise.PodGrace); err != nil {
			return err
		}
		p.Timeline.Add(timeline.Event{Kind: timeline.Restored})
		for _, s := range cluster.Chain {
			p.Timeline.Add(timeline.Event{Kind: timeline.Healed, Service: s})
		}
		return nil
	}}
}

func samplesRemovedAndBack() []scenario.Step {
	return []scenario.Step{
		publish("mockb"), inLane("mockb"), removeSamples(), applySamples(),
		publish("mockb"), inLane("mockb"), approve("mockb"), rest(),
	}
}
