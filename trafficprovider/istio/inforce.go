package istio

import (
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// A patch that is refused, by us or by Istio's own admission, stops nothing: what is in
// force of the last one that was taken stays, also for lanes that join meanwhile, and
// everything else of the plan goes on. What is in force the objects say.

// refusedPatch is the problem of a patch that is left out.
func refusedPatch(why string) *lane.Problem {
	return &lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: why + "; what was in force before stays, and lanes go on"}
}

// policyInForce is the patch that would make what the Service's objects have besides what
// lanes are made of.
func (l *live) policyInForce() lane.Policy {
	var out lane.Policy
	if s := l.find(l.last()); s != nil {
		out.Traffic = trafficInForce(s.TrafficPolicy)
	}
	if n := len(l.routes.Spec.Http); n > 0 {
		out.Route = routeInForce(l.routes.Spec.Http[n-1], "")
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
		lb.LocalityLbSetting = nil
		if proto.Size(lb) == 0 {
			p.LoadBalancer = nil
		}
	}
	return patchOf(p)
}

// routeInForce leaves out what makes the route a lane's: its name, what it asks for, where
// it goes, the tag that it stamps and the retries that pass over dead pods.
func routeInForce(r *networkingapi.HTTPRoute, routeHeader string) []byte {
	r = proto.Clone(r).(*networkingapi.HTTPRoute)
	r.Name, r.Match, r.Route = "", nil, nil
	if r.Retries.GetRetryRemoteLocalities().GetValue() {
		r.Retries = nil
	}
	if set := r.GetHeaders().GetRequest().GetSet(); set != nil {
		delete(set, routeHeader)
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

// ingressPolicyInForce is that of a route of the group's VirtualService, or of another route
// to the same host where it is new; nothing without one.
func ingressPolicyInForce(old *networkingv1.VirtualService, name, host, routeHeader string) lane.Policy {
	if old == nil {
		return lane.Policy{}
	}
	var like *networkingapi.HTTPRoute
	for _, r := range old.Spec.Http {
		switch {
		case r.Name == name:
			return lane.Policy{Route: routeInForce(r, routeHeader)}
		case like == nil && len(r.Route) > 0 && r.Route[0].GetDestination().GetHost() == host:
			like = r
		}
	}
	if like == nil {
		return lane.Policy{}
	}
	return lane.Policy{Route: routeInForce(like, routeHeader)}
}
