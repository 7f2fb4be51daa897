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
// So a DestinationRule says whether ingresses may name its subsets, and an ingress
// begins to name one only when it read that from the API server. Who read that the
// rule does not say so may rely on it for as long as the rule stays the one that
// was read, which is how long a write of the rule may rely on anything.

// ingressesNaming are our ingress VirtualServices, of every group, that name the
// Service.
func (p *Provider) ingressesNaming(ctx context.Context, r client.Reader, l *live) ([]*networkingv1.VirtualService, error) {
	if p.cache == nil || p.isCache(r) || allowsIngress(l.rule) {
		return p.listNaming(ctx, r, l)
	}
	// Whatever the cache knows of counts, too: somebody may have taken the mark off.
	ingresses, err := p.listNaming(ctx, p.cache, l)
	if err != nil || len(ingresses) == 0 {
		return nil, err
	}
	return p.listNaming(ctx, r, l)
}

func (p *Provider) listNaming(ctx context.Context, r client.Reader, l *live) ([]*networkingv1.VirtualService, error) {
	ingresses, err := p.listIngresses(ctx, r, nil)
	return slices.DeleteFunc(ingresses, func(vs *networkingv1.VirtualService) bool {
		return !slices.Contains(ingressServices(vs), l.service)
	}), err
}

// allowsIngress reports whether a rule says that ingresses may name its subsets.
func allowsIngress(rule *networkingv1.DestinationRule) bool {
	return rule != nil && rule.Annotations[apiv1.AnnotationEntry] == "true"
}

// marksIngress reports whether the rule is to say it from the next write on. Once
// said, it stays: nobody could tell when every ingress has heard that it may not.
func marksIngress(plan lane.Plan, l *live) bool {
	return plan.Entry || allowsIngress(l.rule) || len(l.ingresses) > 0
}
