package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// Our objects edited, deleted and restored by hand while mocka, which is the
// entry, and mockb are in their lane.

// repairWithin is how long we may take to put an object back, on a machine that
// has the whole stack and the load to carry.
const repairWithin = 2 * time.Second

// knownWithin is how long proxies take to learn of a repair at least; a busy machine's
// take longer, and then requests show it.
const knownWithin = time.Second

func drifted() []scenario.Step {
	backups := &backups{}
	return []scenario.Step{
		backups.take("at rest"),
		publish("mocka", "mockb"), inLane("mocka", "mockb"),
		decorate(), strip(),
		harm("a route of mockb goes nowhere", routesOf("mockb"), func(o client.Object) {
			for _, r := range o.(*networkingv1.VirtualService).Spec.Http {
				r.Route[0].Destination.Subset = "nowhere"
			}
		}),
		harm("mockb's subset of the lane is taken out", ruleOf("mockb"), func(o client.Object) {
			rule := o.(*networkingv1.DestinationRule)
			rule.Spec.Subsets = rule.Spec.Subsets[:1]
		}),
		harm("mockb's DestinationRule is deleted", ruleOf("mockb"), nil),
		harm("mockb's VirtualService is deleted", routesOf("mockb"), nil),
		harm("the entry is deleted", entryObject, nil),
		takeOverByAnother("mockb"),
		backups.insist("at rest", routesOf("mockb"), 20),
		backups.take("in mid-release"),
		backups.restore("at rest", func(ctx context.Context, p *scenario.Play) error { return awaitLaneRoutes(ctx, p, "mocka", "mockb") }),
		approve("mocka", "mockb"), rest(),
		backups.restore("in mid-release", func(ctx context.Context, p *scenario.Play) error { return p.AwaitRest(ctx, 3*time.Minute) }),
	}
}

// object names an object of ours.
type object struct {
	empty     client.Object
	key       client.ObjectKey
	ofService string
}

func routesOf(service string) object {
	return object{&networkingv1.VirtualService{}, ofService("trafficlabel-vs-", service), service}
}

func ruleOf(service string) object {
	return object{&networkingv1.DestinationRule{}, ofService("trafficlabel-dr-", service), service}
}

func ofService(prefix, service string) client.ObjectKey {
	return client.ObjectKey{Namespace: cluster.Namespace, Name: prefix + cluster.Group + "-" + cluster.Namespace + "-" + service}
}

var entryObject = object{&networkingv1.VirtualService{}, client.ObjectKey{Namespace: "istio-system", Name: "swimlane-ingress-vs-" + cluster.Group}, ""}

func readObject(ctx context.Context, p *scenario.Play, o object) (client.Object, error) {
	is := o.empty.DeepCopyObject().(client.Object)
	return is, p.Client.Get(ctx, o.key, is)
}

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

// awaitHealed is noted when every proxy knows of the repair. What is lost later is ours to
// answer for.
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

// sameRoutes compares what requests meet.
func sameRoutes(a, b client.Object) bool {
	switch a := a.(type) {
	case *networkingv1.DestinationRule:
		return a.Spec.String() == b.(*networkingv1.DestinationRule).Spec.String()
	case *networkingv1.VirtualService:
		return a.Spec.String() == b.(*networkingv1.VirtualService).Spec.String()
	}
	return false
}

// everything of ours in the mesh; DestinationRules come first, as make before
// break wants it.
func everything(ctx context.Context, p *scenario.Play) ([]client.Object, error) {
	ours := client.MatchingLabels{lanev1.LabelManagedBy: lanev1.ManagedBy}
	var rules networkingv1.DestinationRuleList
	var routes networkingv1.VirtualServiceList
	if err := p.Client.List(ctx, &rules, ours); err != nil {
		return nil, err
	}
	if err := p.Client.List(ctx, &routes, ours); err != nil {
		return nil, err
	}
	var all []client.Object
	for _, o := range rules.Items {
		all = append(all, o)
	}
	for _, o := range routes.Items {
		all = append(all, o)
	}
	return all, nil
}

// awaitLaneRoutes waits until the mesh routes the lane at these services, and
// the entry sends its requests into it.
func awaitLaneRoutes(ctx context.Context, p *scenario.Play, services ...string) error {
	return cluster.Await(ctx, "the lane's routes", time.Minute, func(ctx context.Context) (string, error) {
		for _, s := range services {
			vs, err := readObject(ctx, p, routesOf(s))
			if err != nil {
				return "", err
			}
			if !namesSubset(vs.(*networkingv1.VirtualService), cluster.Lane) {
				return s + " has no route", nil
			}
		}
		entry, err := entryRoutes(ctx, p)
		if err == nil && !namesSubset(entry, cluster.Lane) {
			return "the entry has none", nil
		}
		return "", err
	})
}

// namesSubset says whether some route goes to the subset.
func namesSubset(vs *networkingv1.VirtualService, subset string) bool {
	for _, r := range vs.Spec.Http {
		if len(r.Route) > 0 && r.Route[0].GetDestination().GetSubset() == subset {
			return true
		}
	}
	return false
}

// kindOf is for messages and kubectl.
func kindOf(o client.Object) string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", o), "*v1."))
}
