package lane

import (
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// SameRequests are the ingress rules that never get a request, since another one asks for
// the same and is tried first. It is about equal hosts and matches only: of others some request may
// be left.
func (g Group) SameRequests() []Problem {
	if g.Ingress == nil || g.Ingress.Weighted != nil {
		return nil
	}
	var routes []IngressRoute
	for _, l := range g.Lanes {
		if !l.Deleting || l.Name == g.Baseline {
			routes = append(routes, g.RulesOf(l.Name).Routes...)
		}
	}
	var out []Problem
	first := map[string]IngressRoute{}
	for _, r := range inOrder(routes, g.Baseline) {
		asked := r.asked()
		before, ok := first[asked]
		if !ok {
			first[asked] = r
			continue
		}
		out = append(out, Problem{apiv1.ReasonConflict, fmt.Sprintf(
			"ingress rule %s of lane %s asks for the same requests as rule %s of lane %s, which is tried first: it gets none", r.Rule, r.Lane, before.Rule, before.Lane)})
	}
	return out
}

// asked is the same text for matches that are equal.
func (m RequestMatch) asked() string {
	hosts := make([]string, len(m.Hosts))
	for i, host := range m.Hosts {
		hosts[i] = strings.ToLower(host)
	}
	slices.Sort(hosts)
	var uri, method Match
	var cookie CookieMatch
	if m.URI != nil {
		uri = *m.URI
	}
	if m.Method != nil {
		method = *m.Method
	}
	if m.Cookie != nil {
		cookie = *m.Cookie
	}
	// maps are printed in order
	return fmt.Sprintf("%q %q %q %q %q %q", slices.Compact(hosts), uri, method, m.Headers, m.Query, cookie)
}
