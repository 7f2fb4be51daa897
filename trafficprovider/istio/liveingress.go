package istio

import (
	"context"
	"fmt"
	"maps"
	"slices"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// liveIngress is what the objects say about a group's ingress.
type liveIngress struct {
	// ours is one VirtualService, or two while the group moves from one gateway to
	// another.
	ours []*networkingv1.VirtualService
	// strays have the group's name and labels in namespaces that are not the group's.
	strays []*networkingv1.VirtualService
	// filters are those of the Gateway's proxies, by their prefix (gatewayfilter.go), and
	// filtersTaken tells of which somebody else has the name.
	filters      map[string]*v1alpha3.EnvoyFilter
	filtersTaken map[string]*lane.Problem
	// traces are the filters that restore tags, by namespace (restore.go), and tracesTaken tells
	// where somebody else has their name.
	traces      map[string]*v1alpha3.EnvoyFilter
	tracesTaken map[string]*lane.Problem
	// gateway is nil when it does not exist.
	gateway *networkingv1.Gateway
	// beside are other Gateways of its workload, by which others may have its hosts.
	beside []*networkingv1.Gateway
	// foreign are all others on these gateways, those of other groups included.
	foreign []*networkingv1.VirtualService
}

var _ trafficprovider.LiveIngress = (*liveIngress)(nil)

// LiveIngress reads a group's ingress, and what else is on the Gateway.
func (p *Provider) LiveIngress(ctx context.Context, r client.Reader, group string, gateway types.NamespacedName, hosts ...string) (trafficprovider.LiveIngress, error) {
	all, err := p.listIngresses(ctx, r, client.MatchingLabels{apiv1.LabelGroup: group})
	if err != nil {
		return nil, err
	}
	l := &liveIngress{}
	if err := p.readGatewayFilters(ctx, r, group, l); err != nil {
		return nil, err
	}
	if err := p.readTraceFilters(ctx, r, group, l); err != nil {
		return nil, err
	}
	l.ours, l.strays, err = ownIngresses(ctx, r, all, group)
	if err != nil || gateway.Name == "" {
		return l, err
	}
	found := &networkingv1.Gateway{}
	switch err := r.Get(ctx, gateway, found); {
	case err == nil:
		l.gateway = found
	case !apierrors.IsNotFound(err):
		return l, fmt.Errorf("get Gateway %s: %w", gateway, err)
	}
	if l.foreign, err = p.foreignOnGateway(ctx, r, group, gateway); err != nil {
		return l, err
	}
	return l, p.readBeside(ctx, r, group, l, hosts)
}

func (l *liveIngress) TakenOver() bool { return len(l.ours) > 0 || len(l.filters) > 0 }

func (l *liveIngress) Exists() bool { return l.TakenOver() || len(l.traces) > 0 }

// Names asks the tags that our routes stamp, and their subsets.
func (l *liveIngress) Names(laneName string) bool {
	for _, vs := range l.ours {
		if slices.Contains(tagsStamped(vs), laneName) ||
			slices.ContainsFunc(destinations(vs), func(d *networkingapi.Destination) bool { return d.Subset == laneName }) {
			return true
		}
	}
	return false
}

// Baseline is an annotation's word: what the routes stamp would not tell.
func (l *liveIngress) Baseline() string {
	for _, vs := range l.ours {
		if baseline := vs.Annotations[apiv1.AnnotationBaseline]; baseline != "" {
			return baseline
		}
	}
	return ""
}

// tagsStamped are what routes set headers of requests to, the tags among them: an
// earlier spec of the group may have had another header for them.
func tagsStamped(vs *networkingv1.VirtualService) []string {
	var out []string
	for _, r := range vs.Spec.Http {
		out = slices.AppendSeq(out, maps.Values(r.GetHeaders().GetRequest().GetSet()))
		for _, d := range r.Route {
			out = slices.AppendSeq(out, maps.Values(d.GetHeaders().GetRequest().GetSet()))
		}
	}
	return out
}

// on reports whether the group has an ingress on the Gateway.
func (l *liveIngress) on(gateway types.NamespacedName) bool {
	return slices.ContainsFunc(l.ours, func(vs *networkingv1.VirtualService) bool {
		return slices.Contains(foreign.Gateways(vs), gateway)
	})
}

// find returns our object of that name, wherever the list has it.
func (l *liveIngress) find(key client.ObjectKey) *networkingv1.VirtualService {
	i := slices.IndexFunc(l.ours, func(vs *networkingv1.VirtualService) bool { return nameOf(vs) == key })
	if i < 0 {
		return nil
	}
	return l.ours[i]
}
