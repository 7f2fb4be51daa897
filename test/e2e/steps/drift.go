package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// Our objects edited and deleted by hand.

// repairWithin is how long we may take to put an object back, on a machine that
// has the whole stack and the load to carry.
const repairWithin = 2 * time.Second

// knownWithin is how long proxies take to learn of a repair at least; a busy machine's
// take longer, and then requests show it.
const knownWithin = time.Second

// MisrouteService sends the service's requests to a subset that there is not.
func MisrouteService(service string) scenario.Step {
	return harm("a route of "+service+" goes nowhere", routesOf(service), func(o client.Object) {
		for _, r := range o.(*networkingv1.VirtualService).Spec.Http {
			r.Route[0].Destination.Subset = "nowhere"
		}
	})
}

// TakeSubsetOut takes the lane's subset out of the service's DestinationRule.
func TakeSubsetOut(service string) scenario.Step {
	return harm(service+"'s subset of the lane is taken out", ruleOf(service), func(o client.Object) {
		rule := o.(*networkingv1.DestinationRule)
		rule.Spec.Subsets = rule.Spec.Subsets[:1]
	})
}

// DeleteRule deletes the service's DestinationRule.
func DeleteRule(service string) scenario.Step {
	return harm(service+"'s DestinationRule is deleted", ruleOf(service), nil)
}

// DeleteRoutes deletes the service's VirtualService.
func DeleteRoutes(service string) scenario.Step {
	return harm(service+"'s VirtualService is deleted", routesOf(service), nil)
}

// DeleteEntry deletes the group's VirtualService on the gateway.
func DeleteEntry() scenario.Step { return harm("the entry is deleted", entryObject, nil) }

// harm edits an object of ours, or deletes it, and waits until it is as it was.
// What is lost meanwhile, and until every proxy knows the repair, is the
// person's own doing; that we repair it soon is ours.
func harm(what string, o object, edit func(client.Object)) scenario.Step {
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error {
		was, err := readObject(ctx, p, o)
		if err != nil {
			return err
		}
		broken := was.DeepCopyObject().(client.Object)
		p.Timeline.Add(timeline.Event{Kind: timeline.Harmed, Service: o.ofService, Detail: what})
		if edit == nil {
			err = p.Client.Delete(ctx, broken)
		} else {
			edit(broken)
			err = p.Client.Update(ctx, broken)
		}
		if err != nil {
			return err
		}
		took, err := awaitRepair(ctx, p, o, was)
		if err != nil {
			return err
		}
		p.Note("%s: repaired %dms after", what, took.Milliseconds())
		if took > repairWithin {
			return fmt.Errorf("the repair took %s", took)
		}
		return awaitHealed(ctx, p, o.ofService)
	}}
}

// awaitHealed notes the repair when every proxy knows of it. What is lost later is ours
// to answer for.
func awaitHealed(ctx context.Context, p *scenario.Play, service string) error {
	if err := scenario.Pass(ctx, knownWithin); err != nil {
		return err
	}
	if err := awaitAnswered(ctx, p); err != nil {
		return err
	}
	p.Timeline.Add(timeline.Event{Kind: timeline.Healed, Service: service})
	return scenario.Pass(ctx, time.Second)
}

// awaitAnswered waits until all requests that ended within half a second were answered,
// and some of each stream of the chain.
func awaitAnswered(ctx context.Context, p *scenario.Play) error {
	return cluster.Await(ctx, "requests to be answered again", time.Minute, func(context.Context) (string, error) {
		from, answered := time.Now().Add(-time.Second/2), map[string]bool{}
		for _, r := range slices.Backward(p.Records()) {
			switch {
			case r.End.Before(from):
				return missingOf(answered), nil
			case r.Err != "":
				return r.Err, nil
			}
			answered[r.Stream] = true
		}
		return "there is none", nil
	})
}

func missingOf(answered map[string]bool) string {
	for _, s := range []load.Stream{load.Tagged(cluster.Lane), load.Untagged()} {
		if !answered[s.Name] {
			return "none of stream " + s.Name
		}
	}
	return ""
}

// awaitRepair waits until the object is as it was, and says how long that took.
func awaitRepair(ctx context.Context, p *scenario.Play, o object, was client.Object) (time.Duration, error) {
	from := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		is, err := readObject(ctx, p, o)
		if err == nil && sameRoutes(is, was) {
			return time.Since(from), nil
		}
		if err := scenario.Pass(ctx, 5*time.Millisecond); err != nil {
			return 0, fmt.Errorf("%s was not put back: %w", o.key, err)
		}
	}
}
