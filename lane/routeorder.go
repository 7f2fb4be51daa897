package lane

import (
	"cmp"
	"slices"
	"strings"
)

// inOrder are a group's routes as they are tried: those of gray lanes, then those of the baseline,
// and behind both those that take everything on their hosts, in the same order: Istio sends nothing
// of an object that comes behind such a one (istio.io/istio BuildHTTPRoutesForVirtualService), and
// puts it behind the routes of all others on the Gateway (SortVHostRoutes).
func inOrder(routes []IngressRoute, baseline string) []IngressRoute {
	section := func(r IngressRoute) int {
		out := 0
		if r.Lane == baseline {
			out = 1
		}
		if r.takesAll() {
			out += 2
		}
		return out
	}
	slices.SortStableFunc(routes, func(a, b IngressRoute) int {
		return cmp.Or(cmp.Compare(section(a), section(b)), moreSpecificFirst(a, b))
	})
	return routes
}

// moreSpecificFirst orders rules of several lanes among each other, since the
// first route that matches wins: who asks for more headers, parameters, cookie and method,
// then exact before prefix before regex, then the longer path, then the name.
func moreSpecificFirst(a, b IngressRoute) int {
	return cmp.Or(
		cmp.Compare(b.conditions(), a.conditions()),
		cmp.Compare(specificity(b.URI), specificity(a.URI)),
		strings.Compare(a.Name, b.Name),
	)
}

// specificity is larger for a matcher that fewer strings match; -1 for none.
func specificity(m *Match) int {
	if m == nil {
		return -1
	}
	kinds := map[MatchKind]int{MatchExact: 2, MatchPrefix: 1, MatchRegex: 0}
	return kinds[m.Kind]<<20 + len(m.Value)
}
