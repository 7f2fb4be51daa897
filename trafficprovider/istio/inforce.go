package istio

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// A patch that is refused, by us or by Istio's own admission, stops nothing (lane.Refusals).
// What is in force the objects say.

// patchIn is the patch that an object of ours is made with; empty without one. A subset that
// is leaving has that of its time.
func patchIn(obj client.Object, tags []string) lane.Patch {
	switch o := obj.(type) {
	case *networkingv1.DestinationRule:
		if trafficInForce(o.Spec.TrafficPolicy) != nil || slices.ContainsFunc(o.Spec.Subsets, func(s *networkingapi.Subset) bool { return trafficInForce(s.TrafficPolicy) != nil }) {
			return lane.TrafficPatch
		}
	case *networkingv1.VirtualService:
		if slices.ContainsFunc(o.Spec.Http, func(r *networkingapi.HTTPRoute) bool { return routeInForce(r, tags) != nil }) {
			return lane.RoutePatch
		}
	}
	return ""
}

// notePatches notes with which patch the objects of writes are made.
func notePatches(writes []trafficprovider.Write, tags []string) {
	for i := range writes {
		writes[i].Patch = patchIn(writes[i].Object, tags)
	}
}

// ownPart is what makes a policy a lane's, without what a user merged into it.
func ownPart(p *networkingapi.TrafficPolicy) *networkingapi.TrafficPolicy {
	out := &networkingapi.TrafficPolicy{OutlierDetection: p.GetOutlierDetection()}
	if locality := p.GetLoadBalancer().GetLocalityLbSetting(); locality != nil {
		out.LoadBalancer = &networkingapi.LoadBalancerSettings{LocalityLbSetting: locality}
	}
	return out
}

// policyInForce is the patch that would make what the Service's objects have besides what
// lanes are made of.
func (l *live) policyInForce() lane.Policy {
	var out lane.Policy
	if s := l.find(l.Serving()); s != nil {
		out.Traffic = trafficInForce(s.TrafficPolicy)
	}
	if l.routes != nil && len(l.routes.Spec.Http) > 0 {
		out.Route = routeInForce(l.routes.Spec.Http[len(l.routes.Spec.Http)-1], nil)
	}
	return out
}

func trafficInForce(p *networkingapi.TrafficPolicy) []byte {
	if p == nil {
		return nil
	}
	p = proto.Clone(p).(*networkingapi.TrafficPolicy)
	p.OutlierDetection = nil
	if lb := p.LoadBalancer; lb != nil {
		near := placesOf(p)
		lb.LocalityLbSetting = nil
		if len(near) > 0 {
			lb.LocalityLbSetting = &networkingapi.LocalityLoadBalancerSetting{FailoverPriority: near}
		}
		if proto.Size(lb) == 0 {
			p.LoadBalancer = nil
		}
	}
	return patchOf(p)
}

// routeInForce leaves out what makes the route a lane's: its name, what it asks for, where
// it goes, the tag that it stamps and the retries that pass over dead pods.
func routeInForce(r *networkingapi.HTTPRoute, tags []string) []byte {
	r = proto.Clone(r).(*networkingapi.HTTPRoute)
	r.Name, r.Match, r.Route = "", nil, nil
	if r.Retries.GetRetryRemoteLocalities().GetValue() { // then it says ours when
		r.Retries.RetryRemoteLocalities, r.Retries.RetryOn = nil, ""
		if r.Retries.GetRetryIgnorePreviousHosts().GetValue() {
			r.Retries.RetryIgnorePreviousHosts = nil
		}
		if proto.Equal(r.Retries, &networkingapi.HTTPRetry{Attempts: passes}) {
			r.Retries = nil
		}
	}
	if request := r.GetHeaders().GetRequest(); request != nil {
		maps.DeleteFunc(request.Set, func(name, _ string) bool { return slices.Contains(tags, name) })
		request.Remove = slices.DeleteFunc(request.Remove, func(name string) bool { return slices.Contains(tags, name) })
		if proto.Size(request) == 0 {
			r.Headers.Request = nil
		}
		if proto.Size(r.Headers) == 0 {
			r.Headers = nil
		}
	}
	return patchOf(r)
}

// patchOf is the message as a merge patch; nil when it is empty.
func patchOf(m proto.Message) []byte {
	if proto.Size(m) == 0 {
		return nil
	}
	patch, err := protojson.Marshal(m)
	if err != nil { // it came from the API server
		return nil
	}
	return patch
}

// ingressPolicyInForce is that of a route of the group's VirtualServices, or of another route
// to the same host where it is new; nothing without one.
func ingressPolicyInForce(ours []*networkingv1.VirtualService, name, host string, tags []string) lane.Policy {
	var like *networkingapi.HTTPRoute
	for _, vs := range ours {
		for _, r := range vs.Spec.Http {
			switch {
			case r.Name == name:
				return lane.Policy{Route: routeInForce(r, tags)}
			case like == nil && len(r.Route) > 0 && r.Route[0].GetDestination().GetHost() == host:
				like = r
			}
		}
	}
	if like == nil {
		return lane.Policy{}
	}
	return lane.Policy{Route: routeInForce(like, tags)}
}
