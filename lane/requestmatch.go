package lane

// RequestMatch is which requests a route takes; the zero value takes all.
type RequestMatch struct {
	// Hosts are DNS names, or "*" and "*.<domain>".
	Hosts []string
	URI   *Match
	// Headers are by name, in lower case. All of them have to match.
	Headers map[string]Match
	Method  *Match
	// Query are the parameters of the query, by name. All of them have to match.
	Query map[string]Match
	// Cookie is one that has to match. There cannot be two: a header is matched by one
	// expression, which cannot ask for two things in any order.
	Cookie *CookieMatch
}

// CookieMatch is what a cookie's value has to be like.
type CookieMatch struct {
	Name string
	Match
}

// excludes reports whether no request matches both, whatever its host.
func (m RequestMatch) excludes(o RequestMatch) bool {
	cookies := m.Cookie != nil && o.Cookie != nil && m.Cookie.Name == o.Cookie.Name && m.Cookie.Excludes(o.Cookie.Match)
	return cookies || excludeEachOther(m.URI, o.URI) || excludeEachOther(m.Method, o.Method) ||
		excludeSome(m.Headers, o.Headers) || excludeSome(m.Query, o.Query)
}

func excludeEachOther(a, b *Match) bool { return a != nil && b != nil && a.Excludes(*b) }

func excludeSome(a, b map[string]Match) bool {
	for name, match := range a {
		if other, ok := b[name]; ok && match.Excludes(other) {
			return true
		}
	}
	return false
}

// ofSomebody reports whether the match asks who sends a request: for a header or a cookie.
func (m RequestMatch) ofSomebody() bool { return len(m.Headers) > 0 || m.Cookie != nil }

// ofAnybody is the match without what ofSomebody asks for.
func (m RequestMatch) ofAnybody() RequestMatch {
	m.Headers, m.Cookie = nil, nil
	return m
}

// takesAll reports whether the match is for everything on its hosts, as Istio tells
// (istio.io/istio IsCatchAllRoute).
func (m RequestMatch) takesAll() bool {
	all := m.URI == nil || m.URI.Kind == MatchPrefix && m.URI.Value == "/" || m.URI.Kind == MatchRegex && m.URI.Value == ".*"
	return all && m.conditions() == 0
}

// conditions is how many things the match asks for beside host and path.
func (m RequestMatch) conditions() int {
	n := len(m.Headers) + len(m.Query)
	if m.Method != nil {
		n++
	}
	if m.Cookie != nil {
		n++
	}
	return n
}
