package istio

import (
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// Provider translates plans into DestinationRules and VirtualServices.
type Provider struct {
	settle time.Duration
	waits  *waits
	// cache has the indexes; nil without UseCache.
	cache client.Reader
}

var _ trafficprovider.Provider = (*Provider)(nil)

// New returns a provider. settle is how long every proxy may take to learn of a
// change.
func New(settle time.Duration) *Provider {
	return &Provider{settle: settle, waits: newWaits(settle)}
}

// Watched are the kinds that we write.
func (*Provider) Watched() []client.Object {
	return []client.Object{&networkingv1.DestinationRule{}, &networkingv1.VirtualService{}}
}

// Equal compares what we write of an object: its spec, our labels and our
// annotations. (Istio's types panic in equality.Semantic.DeepEqual.)
func (*Provider) Equal(a, b client.Object) bool {
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
	}
	return false
}

// Wrote notes when the waits that a write starts really began.
func (p *Provider) Wrote(w trafficprovider.Write, at time.Time) { p.waits.note(w, at) }

// Consulted are Gateways: an entry is on one of them.
func (*Provider) Consulted() []client.Object { return []client.Object{&networkingv1.Gateway{}} }

// Affects reads an object's hosts and Gateways.
func (*Provider) Affects(obj client.Object) trafficprovider.Affected {
	if gateway, ok := obj.(*networkingv1.Gateway); ok {
		return trafficprovider.Affected{Gateways: []types.NamespacedName{nameOf(gateway)}}
	}
	out := trafficprovider.Affected{Services: servicesNamed(nameOf(obj))}
	if vs, ok := obj.(*networkingv1.VirtualService); ok {
		if group, ok := strings.CutPrefix(vs.Name, entryPrefix); ok {
			out.Groups = []string{group}
		}
		for _, written := range vs.Spec.Gateways {
			if written != "mesh" {
				out.Gateways = append(out.Gateways, gatewayKey(written, vs.Namespace))
			}
		}
	}
	var wild []string
	for _, host := range speaksFor(obj) {
		if service, ok := serviceOf(host); ok && !isWild(host) {
			out.Services = append(out.Services, service)
		} else if isWild(host) {
			wild = append(wild, host)
		}
	}
	if len(wild) > 0 {
		out.Matches = func(service types.NamespacedName) bool {
			return slices.ContainsFunc(wild, func(w string) bool { return lane.HostWithin(hostOf(service), w) })
		}
	}
	return out
}

// Concerns reads an object's owner from its labels. Somebody's copy of a Service's
// object, with our labels under another name, has none; one of an entry is an entry
// that the group does not want, and goes.
func (*Provider) Concerns(obj client.Object) (trafficprovider.Concern, bool) { return concern(obj) }

func concern(obj client.Object) (trafficprovider.Concern, bool) {
	labels := obj.GetLabels()
	c := trafficprovider.Concern{Group: labels[apiv1.LabelGroup]}
	if labels[apiv1.LabelManagedBy] != apiv1.ManagedBy || c.Group == "" {
		return trafficprovider.Concern{}, false
	}
	if labels[apiv1.LabelEntry] == "" {
		c.Service = types.NamespacedName{Namespace: labels[apiv1.LabelServiceNamespace], Name: labels[apiv1.LabelService]}
		return c, isOurs(obj, c.Group, c.Service)
	}
	if vs, ok := obj.(*networkingv1.VirtualService); ok {
		c.Entries = entryServices(vs)
	}
	return c, true
}

// ours are the labels or annotations that we write; everybody else's stay.
func ours(all map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range all {
		if isOurKey(k) {
			out[k] = v
		}
	}
	return out
}

func isOurKey(key string) bool {
	switch key {
	case apiv1.LabelManagedBy, apiv1.LabelSwimLaneGroup, apiv1.LabelGroup,
		apiv1.LabelServiceNamespace, apiv1.LabelService, apiv1.LabelEntry:
		return true
	}
	for _, prefix := range []string{apiv1.AnnotationNamedAfter, apiv1.AnnotationRemovedAfter, apiv1.AnnotationListedAfter} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// replaceOurs puts want in the place of what was ours.
func replaceOurs(all, want map[string]string) map[string]string {
	next := maps.Clone(all)
	maps.DeleteFunc(next, func(k, _ string) bool { return isOurKey(k) })
	if next == nil {
		next = map[string]string{}
	}
	maps.Copy(next, want)
	return next
}
