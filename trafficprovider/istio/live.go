package istio

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// live is what the objects say about one Service.
type live struct {
	group   string
	service types.NamespacedName
	// rule and routes are ours; nil when they do not exist.
	rule   *networkingv1.DestinationRule
	routes *networkingv1.VirtualService
	// ingresses are our ingress objects, of every group, that name the Service.
	ingresses []*networkingv1.VirtualService
	// conflict is set if somebody else has a name of ours.
	conflict *lane.Problem
	// foreign are objects of others that may speak for the Service.
	foreign foreignObjects
	// chain is where the group's requests come from.
	chain foreign.Chain
	// waits are the ends of waits, by annotation, that count instead of it if they
	// are later (waits.go).
	waits  map[string]time.Time
	outage span
	settle time.Duration
}

var _ trafficprovider.Live = (*live)(nil)

// Live reads a Service's objects. The API server is asked for both at once: who
// waits for it waits with a lane's requests.
func (p *Provider) Live(ctx context.Context, r client.Reader, group string, service types.NamespacedName) (trafficprovider.Live, error) {
	l := &live{group: group, service: service, settle: p.settle, waits: p.waits.of(ruleName(group, service)), outage: p.outage.span()}
	var taken [2]*lane.Problem
	var reads errgroup.Group
	reads.Go(func() (err error) {
		l.rule, taken[0], err = readOurs(ctx, r, ruleName(group, service), group, service, &networkingv1.DestinationRule{})
		return err
	})
	reads.Go(func() (err error) {
		l.routes, taken[1], err = readOurs(ctx, r, routesName(group, service), group, service, &networkingv1.VirtualService{})
		return err
	})
	err := reads.Wait()
	if err != nil {
		return nil, err
	}
	l.conflict = cmp.Or(taken[0], taken[1])
	if l.ingresses, err = p.ingressesNaming(ctx, r, l); err != nil {
		return nil, err
	}
	if l.foreign, err = p.foreignFor(ctx, r, group, service); err != nil {
		return nil, err
	}
	l.chain, err = p.chainOf(ctx, r, group, service, l.foreign)
	return l, err
}

// readOurs reads an object of ours; nil when there is none. One of our name that
// is not ours is a conflict.
func readOurs[T any, P interface {
	*T
	client.Object
}](ctx context.Context, r client.Reader, key types.NamespacedName, group string, service types.NamespacedName, obj P) (P, *lane.Problem, error) {
	err := r.Get(ctx, key, obj)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil, nil
	case err != nil:
		return nil, nil, fmt.Errorf("get %s: %w", key, err)
	case !owns(obj.GetLabels(), group, service):
		owner, _ := ownerOf(obj)
		return nil, trafficprovider.Taken(kindOf(obj), obj, owner), nil
	}
	return obj, nil, nil
}

func (l *live) TakenOver() bool { return l.rule != nil || l.routes != nil }

func (l *live) HeldByOther() bool {
	return anyGroups(l.foreign.rules, l.service) || anyGroups(l.foreign.routes, l.service)
}

func (l *live) OthersServing() []map[string]string {
	var out []map[string]string
	for _, rule := range l.foreign.rules {
		group := groupOfService(rule, l.service)
		if group == "" {
			continue
		}
		theirs := &live{group: group, service: l.service, rule: rule}
		for _, routes := range l.foreign.routes {
			if groupOfService(routes, l.service) == group {
				theirs.routes = routes
			}
		}
		out = append(out, theirs.ServingLabels())
	}
	return out
}

// Names asks subsets and routes, those of every ingress included.
func (l *live) Names(laneName string) bool {
	s := l.subset(laneName, time.Time{})
	return s.Defined || s.Routed || s.RoutedByIngress || hasRoute(l.routes, laneName)
}

// deadline reads one of the rule's, and counts a wait from the later of its
// annotation and the end of the write that brought it.
func (l *live) deadline(key string, now time.Time) time.Time {
	return l.deadlineIn(l.rule, key, now)
}

// deadlineIn is that of a rule which may not be written yet.
func (l *live) deadlineIn(rule *networkingv1.DestinationRule, key string, now time.Time) time.Time {
	t, _ := readDeadline(rule.Annotations, key, now, l.settle)
	if end, ok := l.waits[key]; ok && end.After(t) {
		t = end
	}
	return l.outage.heard(t, l.settle)
}
