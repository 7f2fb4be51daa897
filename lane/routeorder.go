package lane

import (
	"cmp"
	"strings"
)

// moreSpecificFirst orders rules of several lanes among each other, since the
// first route that matches wins: more headers, then exact before prefix before
// regex, then the longer path, then the name.
func moreSpecificFirst(a, b IngressRoute) int {
	return cmp.Or(
		cmp.Compare(len(b.Headers), len(a.Headers)),
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
