package lane

import (
	"slices"

	apiv1 "lanekeeper.io/api/v1"
)

// All routes of an entry are one object, which etcd takes with 1.5 MiB at most. One that grows
// beyond that would be refused for ever, and an undo with it.

// entryLimit is how many bytes the routes may have, by the estimate of routeSize.
const entryLimit = 1_400_000

// What an object has beside what a rule says, in bytes of JSON: of a route, of each alternative of
// its match, of a destination, of each word that is matched, and of a match that asks for baggage.
const (
	routeBytes, matchBytes, destinationBytes, wordBytes, baggageBytes = 200, 50, 200, 25, 100
)

// routeSize is about how many bytes the routes of one rule have. alike is set when all rules are for
// the same hosts, so that no route has to ask for them.
func (p IngressPlan) routeSize(r IngressRoute, alike bool) int {
	hosts, match := 1, matchBytes+matchSize(r.RequestMatch)
	if p.Baggage {
		match += baggageBytes
	}
	perHost := match
	if !alike {
		hosts, perHost = len(r.Hosts), match+wordBytes
		for _, h := range r.Hosts {
			perHost += 2 * len(h) / hosts // its dots are escaped
		}
	}
	one := routeBytes + len(r.Policy.Route) + destinationBytes*len(r.Destinations) + hosts*perHost
	if r.Sticky != nil { // a route for each lane's clients, and a destination for each bucket
		one = one*(len(r.Destinations)+1) + Buckets*2*destinationBytes
	}
	one *= 2 // one more for requests that are safe to repeat, or for everybody else
	if p.Baggage {
		one *= 2
	}
	return one
}

func matchSize(m RequestMatch) int {
	n := 0
	for _, match := range []*Match{m.URI, m.Method} {
		if match != nil {
			n += len(match.Value) + wordBytes
		}
	}
	for _, all := range []map[string]Match{m.Headers, m.Query} {
		for name, match := range all {
			n += len(name) + len(match.Value) + wordBytes
		}
	}
	if m.Cookie != nil {
		n += cookieLength(*m.Cookie) + 2*wordBytes
	}
	return n
}

// tooLarge is why a rule is left out whose routes would make the entry too large; nil while there
// is room.
func tooLarge(bytes int) *Problem {
	if bytes <= entryLimit {
		return nil
	}
	return &Problem{apiv1.ReasonInvalid,
		"with its routes the group's entry would be larger than the 1.5 MB that Kubernetes takes: ask for fewer hosts, give all rules of the group the same hosts, or split the group"}
}

// TooLarge is the problem of a group all of whose rules together make an entry that Kubernetes does
// not take; nil while there is room.
func (g Group) TooLarge() *Problem {
	if g.Ingress == nil {
		return nil
	}
	bytes, alike := 0, g.alike()
	for _, l := range g.Lanes {
		p := g.RulesOf(l.Name)
		for _, r := range p.Routes {
			r.Policy = g.PolicyOf(r.Service)
			bytes += p.routeSize(r, alike)
		}
		if g.Ingress.Weighted != nil { // the rules are the group's
			break
		}
	}
	return tooLarge(bytes)
}

// alike reports whether all rules are for the same hosts.
func (g Group) alike() bool {
	all := g.IngressHosts()
	return !slices.ContainsFunc(g.rules(), func(r IngressRule) bool {
		return !slices.Equal(slices.Compact(slices.Sorted(slices.Values(r.Hosts))), all)
	})
}
