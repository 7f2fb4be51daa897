package istio

import (
	"context"
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// A subset may go when no route names it. The Service's own routes are one object,
// but every group has an ingress, and which of them name the Service only a list
// tells. A list that must not be old takes an API server up to 100 ms: it answers
// from its watch cache, and waits until etcd has told it that the cache has come
// far enough (KEP-2340; it asks every 100 ms).
//
// So a DestinationRule carries a mark that ingresses may name its subsets, and an
// ingress begins to name one only after it read the mark from the API server. A
// rule that was read without it has no ingress for as long as its resourceVersion
// is the same, and with another one a write of the rule fails anyway.

// ingressesNaming are our ingress VirtualServices, of every group, that name the
// Service.
func (p *Provider) ingressesNaming(ctx context.Context, r client.Reader, l *live) ([]*networkingv1.VirtualService, error) {
	if p.cache == nil || p.isCache(r) || allowsIngress(l.rule) {
		return p.listNaming(ctx, r, l)
	}
	// The cache may know of one all the same: somebody may have taken the mark off.
	ingresses, err := p.listNaming(ctx, p.cache, l)
	if err != nil || len(ingresses) == 0 {
		return nil, err
	}
	return p.listNaming(ctx, r, l)
}

func (p *Provider) listNaming(ctx context.Context, r client.Reader, l *live) ([]*networkingv1.VirtualService, error) {
	ingresses, err := p.listIngresses(ctx, r, nil)
	if err != nil {
		return nil, err
	}
	naming := slices.DeleteFunc(ingresses, func(vs *networkingv1.VirtualService) bool {
		return !slices.Contains(ingressServices(vs), l.service)
	})
	own, _, err := ownIngresses(ctx, r, naming, l.group)
	return own, err
}

// allowsIngress reports whether a rule has the mark.
func allowsIngress(rule *networkingv1.DestinationRule) bool {
	return rule != nil && rule.Annotations[apiv1.AnnotationEntry] == "true"
}

// marksIngress reports whether the rule has the mark from the next write on. It is
// never taken off: nobody could tell when every ingress has seen that.
func marksIngress(plan lane.Plan, l *live) bool {
	return plan.Ingress || allowsIngress(l.rule) || len(l.ingresses) > 0
}
