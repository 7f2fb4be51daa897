package istio_test

import (
	"encoding/json"

	"lanekeeper.io/lane"
)

// A story is a sequence of moments. At each of them something changes (time,
// the plans, an object that somebody edits), and then every plan is applied
// once.
type story struct {
	// Gateways that exist at first; two when nothing is said.
	Gateways []string `json:"gateways,omitempty"`
	// Namespaces in which the group has Services that the story does not tell of.
	Namespaces []string `json:"namespaces,omitempty"`
	Moments    []moment `json:"moments"`
}

type moment struct {
	// After is the time that passed since the last moment.
	After string `json:"after,omitempty"`
	Note  string `json:"note"`
	// Plans and Ingress hold until another moment replaces them.
	Plans   []servicePlan `json:"plans,omitempty"`
	Ingress *ingressPlan  `json:"entry,omitempty"`
	// Put creates objects; Edit merges patches into the objects of a kind that
	// exist; Delete deletes all objects of a kind, or one: "Kind namespace/name".
	Put    []json.RawMessage          `json:"put,omitempty"`
	Edit   map[string]json.RawMessage `json:"edit,omitempty"`
	Delete []string                   `json:"delete,omitempty"`
}

type servicePlan struct {
	Service  string                       `json:"service"`
	State    lane.State                   `json:"state,omitempty"`
	Baseline map[string]map[string]string `json:"baseline,omitempty"`
	Gray     map[string]map[string]string `json:"gray,omitempty"`
	Others   []string                     `json:"others,omitempty"`
	// Next is the lane that is to be the baseline; Labelled says that the baseline's pods are.
	Next     map[string]map[string]string `json:"next,omitempty"`
	Labelled bool                         `json:"labelled,omitempty"`
	Baggage  bool                         `json:"baggage,omitempty"`
	// Strict plans have no tag; Lacking are their lanes that the Service is not in.
	Strict  bool                         `json:"strict,omitempty"`
	Lacking map[string]map[string]string `json:"lacking,omitempty"`
	Traffic json.RawMessage              `json:"traffic,omitempty"`
	Route   json.RawMessage              `json:"route,omitempty"`
}

type ingressPlan struct {
	State   lane.State     `json:"state,omitempty"`
	Gateway string         `json:"gateway,omitempty"`
	Baggage bool           `json:"baggage,omitempty"`
	Routes  []ingressRoute `json:"routes,omitempty"`
}

type ingressRoute struct {
	Name     string            `json:"name"`
	Lane     string            `json:"lane"`
	Service  string            `json:"service"`
	Hosts    []string          `json:"hosts,omitempty"`
	Prefix   string            `json:"prefix,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"`
	Port     int32             `json:"port,omitempty"`
	InLane   bool              `json:"inLane,omitempty"`
	Baseline string            `json:"baseline"`
	// AsWritten is set when its Service is not in order.
	AsWritten bool            `json:"asWritten,omitempty"`
	Route     json.RawMessage `json:"route,omitempty"`
	// Shares are in the place of one lane.
	Shares []share `json:"shares,omitempty"`
}

type share struct {
	Lane   string `json:"lane"`
	Weight int32  `json:"weight"`
	InLane bool   `json:"inLane,omitempty"`
}

func (p servicePlan) plan() lane.Plan {
	out := lane.Plan{
		Group: groupName, Service: key(p.Service), State: p.State, Tag: lane.Tag{RouteHeader: routeHeader, Baggage: p.Baggage},
		Policy: lane.Policy{Traffic: p.Traffic, Route: p.Route}, GrayLanes: p.Others, Labelled: p.Labelled,
	}
	for name, selector := range p.Next {
		out.Next = &lane.Member{Lane: name, Selector: selector}
	}
	if out.State == "" {
		out.State = lane.StateManaged
	}
	for name, selector := range p.Baseline {
		out.Baseline = lane.Member{Lane: name, Selector: selector}
	}
	for _, name := range sorted(p.Gray) {
		out.Gray = append(out.Gray, lane.Member{Lane: name, Selector: p.Gray[name]})
	}
	for _, name := range sorted(p.Lacking) {
		out.Lacking = append(out.Lacking, lane.Member{Lane: name, Selector: p.Lacking[name]})
	}
	if p.Strict {
		out.Mode, out.Tag = lane.Strict, lane.Tag{}
	}
	return out
}

func (p ingressPlan) plan() lane.IngressPlan {
	out := lane.IngressPlan{Group: groupName, State: p.State, Gateway: key(p.Gateway), Tag: lane.Tag{RouteHeader: routeHeader, Baggage: p.Baggage}}
	if out.State == "" {
		out.State = lane.StateManaged
	}
	for _, r := range p.Routes {
		route := lane.IngressRoute{
			Name: r.Name, Lane: r.Lane, RequestMatch: lane.RequestMatch{Hosts: r.Hosts}, Service: key(r.Service), Port: r.Port,
			Destinations: []lane.Destination{{Lane: r.Lane, Tag: r.Lane, InLane: r.InLane}},
			Baseline:     r.Baseline, Policy: lane.Policy{Route: r.Route}, AsWritten: r.AsWritten,
		}
		if r.Shares != nil {
			route.Destinations = nil
		}
		for _, s := range r.Shares {
			route.Destinations = append(route.Destinations, lane.Destination{Lane: s.Lane, Tag: s.Lane, Weight: s.Weight, InLane: s.InLane})
		}
		if route.Hosts == nil {
			route.Hosts = []string{"*"}
		}
		if r.Prefix != "" {
			route.URI = &lane.Match{Kind: lane.MatchPrefix, Value: r.Prefix}
		}
		for name, value := range r.Headers {
			if route.Headers == nil {
				route.Headers = map[string]lane.Match{}
			}
			route.Headers[name] = lane.Match{Kind: lane.MatchExact, Value: value}
		}
		out.Routes = append(out.Routes, route)
	}
	return out
}
