package istio

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/foreign"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// Provider translates plans into DestinationRules and VirtualServices.
type Provider struct {
	settle time.Duration
	waits  *waits
	outage *outage
	// cache has the indexes; nil without SetUp.
	cache client.Reader
	// httpRoutes and grpcRoutes are set once the cache has that kind (OptionalKinds).
	httpRoutes, grpcRoutes atomic.Bool
}

var _ trafficprovider.Provider = (*Provider)(nil)

// New returns a provider. settle is how long every proxy may take to learn of a
// change.
func New(settle time.Duration) *Provider {
	return &Provider{settle: settle, waits: newWaits(), outage: &outage{}}
}

// OwnedKinds are the kinds that we write.
func (*Provider) OwnedKinds() []client.Object {
	return []client.Object{&networkingv1.DestinationRule{}, &networkingv1.VirtualService{}, &v1alpha3.EnvoyFilter{}}
}

// same compares what we write of an object: its spec, our labels and our
// annotations. (Istio's types panic in equality.Semantic.DeepEqual.)
func same(a, b client.Object) bool {
	return sameSpec(a, b) &&
		maps.Equal(ours(a.GetLabels()), ours(b.GetLabels())) &&
		maps.Equal(ours(a.GetAnnotations()), ours(b.GetAnnotations()))
}

func sameSpec(a, b client.Object) bool {
	switch a := a.(type) {
	case *networkingv1.DestinationRule:
		b, ok := b.(*networkingv1.DestinationRule)
		return ok && proto.Equal(&a.Spec, &b.Spec)
	case *networkingv1.VirtualService:
		b, ok := b.(*networkingv1.VirtualService)
		return ok && proto.Equal(&a.Spec, &b.Spec)
	case *v1alpha3.EnvoyFilter:
		b, ok := b.(*v1alpha3.EnvoyFilter)
		return ok && proto.Equal(&a.Spec, &b.Spec)
	}
	return false
}

// Wrote notes when the waits that a write starts really began.
func (p *Provider) Wrote(w trafficprovider.Write, at time.Time) { p.waits.note(w, at, p.settle) }

// Unreachable notes an outage of the API server.
func (p *Provider) Unreachable(since, at time.Time) { p.outage.note(since, at) }

// ReadKinds are Gateways: an ingress is on one of them. And Sidecars: they may hide a Service.
func (*Provider) ReadKinds() []client.Object {
	return []client.Object{&networkingv1.Gateway{}, &networkingv1.Sidecar{}}
}

// ImpactOf reads an object's hosts and Gateways, and looks up what shares hosts with
// these.
func (p *Provider) ImpactOf(ctx context.Context, obj client.Object) (trafficprovider.Impact, error) {
	out := impactOf(obj)
	sharing, err := p.sharing(ctx, obj)
	out.Gateways = append(out.Gateways, sharing...)
	return out, err
}

func impactOf(obj client.Object) trafficprovider.Impact {
	if gateway, ok := obj.(*networkingv1.Gateway); ok {
		return trafficprovider.Impact{Gateways: []types.NamespacedName{nameOf(gateway)}}
	}
	if sidecar, ok := obj.(*networkingv1.Sidecar); ok {
		if sidecar.Namespace == foreign.RootNamespace {
			return trafficprovider.Impact{Clients: "*"}
		}
		return trafficprovider.Impact{Clients: sidecar.Namespace}
	}
	if filter, ok := obj.(*v1alpha3.EnvoyFilter); ok {
		return trafficprovider.Impact{Groups: []string{groupOfFilter(filter.Name)}}
	}
	if parents := foreign.Parents(obj); len(parents) > 0 {
		return trafficprovider.Impact{Services: parents}
	}
	out := trafficprovider.Impact{Services: servicesNamed(nameOf(obj))}
	if vs, ok := obj.(*networkingv1.VirtualService); ok {
		if group, ok := strings.CutPrefix(vs.Name, ingressPrefix); ok {
			out.Groups = []string{group}
		}
		out.Gateways = foreign.Gateways(vs)
	}
	var wild []string
	for _, host := range foreign.Hosts(obj) {
		if service, ok := hostname.Service(host); ok && !hostname.IsWildcard(host) {
			out.Services = append(out.Services, service)
		} else if hostname.IsWildcard(host) {
			wild = append(wild, host)
		}
	}
	if len(wild) > 0 {
		out.Matches = func(service types.NamespacedName) bool {
			return slices.ContainsFunc(wild, func(w string) bool { return hostname.Within(hostname.Of(service), w) })
		}
	}
	return out
}

// OwnerOf reads an object's owner from its labels. Somebody's copy, with our labels
// under another name, has none.
func (*Provider) OwnerOf(obj client.Object) (trafficprovider.Owner, bool) { return ownerOf(obj) }
