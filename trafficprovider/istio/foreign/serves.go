package foreign

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// A route is of use only where a server of the Gateway has its host, over HTTP
// and for the namespace of our VirtualService. Everything else is answered 404, or
// only redirected.

// Unserved returns the problem of the rules for whose hosts no request can arrive, or of
// whose wildcard only a part; nil when there are none. none is set if nothing at all arrives of some
// host.
func (in Ingress) Unserved() (problem *lane.Problem, none bool) {
	servers := in.servers()
	lists := in.virtualHosts(servers)
	byHost := map[string][]string{}
	for _, r := range in.rules() {
		for _, host := range r.Hosts {
			byHost[host] = append(byHost[host], r.Name)
		}
	}
	missing := map[gap]map[string][]string{}
	var parts []string
	for _, host := range slices.Sorted(maps.Keys(byHost)) {
		switch arriving := arriving(host, lists); {
		case len(arriving) == 0:
			g := in.gap(host, servers)
			if missing[g] == nil {
				missing[g] = map[string][]string{}
			}
			missing[g][host] = byHost[host]
		case !slices.ContainsFunc(arriving, func(name string) bool { return lane.HostWithin(host, name) }):
			parts = append(parts, fmt.Sprintf("of host %s (rule %s) Gateway %s serves only %s: name these in the rule, or let an HTTP server have host %s",
				host, strings.Join(byHost[host], ", "), nameOf(in.Gateway), namesOf(arriving), host))
		}
	}
	for g, hosts := range missing {
		names := slices.Concat(slices.Collect(maps.Values(hosts))...)
		slices.Sort(names)
		parts = append(parts, fmt.Sprintf("no HTTP server of Gateway %s serves host %s for namespace %s (rule %s): %s: %s",
			nameOf(in.Gateway), strings.Join(slices.Sorted(maps.Keys(hosts)), ", "), in.VirtualService.Namespace,
			strings.Join(slices.Compact(names), ", "), g.why, g.cure))
	}
	if len(parts) == 0 {
		return nil, false
	}
	slices.Sort(parts)
	return &lane.Problem{Reason: apiv1.ReasonGatewayDoesNotServe, Message: strings.Join(parts, "; ")}, len(missing) > 0
}

// rules are the routes without those that a rule has besides, for requests without
// its headers.
func (in Ingress) rules() []Route {
	return slices.DeleteFunc(slices.Clone(in.Routes), func(r Route) bool {
		of, besides := strings.CutSuffix(r.Name, "/default")
		return besides && slices.ContainsFunc(in.Routes, func(o Route) bool { return o.Name == of })
	})
}

// virtualHosts are ours by their lists, with whether they only redirect. Those of
// other Gateways that only redirect are among them.
func (in Ingress) virtualHosts(servers []server) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, s := range servers {
		if s.isDropped() || !s.speaksHTTP() {
			continue
		}
		list := out[s.list()]
		if list == nil {
			list = map[string]bool{}
			out[s.list()] = list
		}
		if s.gateway == in.Gateway {
			for _, name := range s.served(in.VirtualService) {
				list[name] = list[name] || s.redirects()
			}
		}
		for _, written := range s.GetHosts() {
			if of, name := s.split(written); of == "*" && s.redirects() {
				list[strings.ToLower(name)] = true
			}
		}
	}
	return out
}

// arriving are the hosts among a host, or the one around it, by which requests
// meet our routes; sorted.
func arriving(host string, lists map[string]map[string]bool) []string {
	var out []string
	for _, list := range lists {
		nearest := ""
		for _, name := range slices.Sorted(maps.Keys(list)) {
			if !list[name] && lane.HostWithin(name, host) {
				out = append(out, name)
			}
			if lane.HostWithin(host, name) && (nearest == "" || lane.HostWithin(name, nearest)) {
				nearest = name
			}
		}
		if nearest != "" && !list[nearest] {
			out = append(out, nearest)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
