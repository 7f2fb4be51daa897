package istio

import (
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"lanekeeper.io/lane"
)

// A patch that is refused, by us or by Istio's own admission, stops nothing: what is in
// force of the last one that was taken stays, also for lanes that join meanwhile, and
// everything else of the plan goes on. What is in force the objects say.

// goesOn adds to the problem of a refused patch what becomes of the rest.
func goesOn(p *lane.Problem) *lane.Problem {
	return &lane.Problem{Reason: p.Reason, Message: p.Message + "; until it is corrected the last patch that was taken stays in force, and lanes work as ever"}
}

// policyInForce is the patch that would make what the Service's objects have besides what
// lanes are made of.
func (l *live) policyInForce() lane.Policy {
	var out lane.Policy
	if s := l.find(l.Serving()); s != nil {
		out.Traffic = trafficInForce(s.TrafficPolicy)
	}
	if l.routes != nil && len(l.routes.Spec.Http) > 0 {
		out.Route = routeInForce(l.routes.Spec.Http[len(l.routes.Spec.Http)-1], "")
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
func routeInForce(r *networkingapi.HTTPRoute, routeHeader string) []byte {
	r = proto.Clone(r).(*networkingapi.HTTPRoute)
	r.Name, r.Match, r.Route = "", nil, nil
	if r.Retries.GetRetryRemoteLocalities().GetValue() { // then it says ours when
		r.Retries.RetryRemoteLocalities, r.Retries.RetryOn = nil, ""
		if proto.Equal(r.Retries, &networkingapi.HTTPRetry{Attempts: passes}) {
			r.Retries = nil
		}
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

// ingressPolicyInForce is that of a route of the group's VirtualServices, or of another route
// to the same host where it is new; nothing without one.
func ingressPolicyInForce(ours []*networkingv1.VirtualService, name, host, routeHeader string) lane.Policy {
	var like *networkingapi.HTTPRoute
	for _, vs := range ours {
		for _, r := range vs.Spec.Http {
			switch {
			case r.Name == name:
				return lane.Policy{Route: routeInForce(r, routeHeader)}
			case like == nil && len(r.Route) > 0 && r.Route[0].GetDestination().GetHost() == host:
				like = r
			}
		}
	}
	if like == nil {
		return lane.Policy{}
	}
	return lane.Policy{Route: routeInForce(like, routeHeader)}
}
