package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// What is ours in the mesh.

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

// LaneRouted waits until the mesh routes the lane at these services, and the entry
// sends its requests into it.
func LaneRouted(services ...string) scenario.Step {
	return scenario.Step{What: "the lane is routed at " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		return awaitLaneRoutes(ctx, p, services)
	}}
}

func awaitLaneRoutes(ctx context.Context, p *scenario.Play, services []string) error {
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
