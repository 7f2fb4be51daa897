package lane

// RequestMatch says which requests a route takes; the zero value takes all.
type RequestMatch struct {
	// Hosts are DNS names, or "*" and "*.<domain>".
	Hosts []string
	URI   *Match
	// Headers by name, in lower case. All have to match.
	Headers map[string]Match
}

// Asks is what requests of a lane carry: its tag.
func (p Plan) Asks(laneName string) RequestMatch {
	return RequestMatch{Headers: map[string]Match{p.RouteHeader: {MatchExact, laneName}}}
}

// excludes reports whether no request matches both, whatever its host.
func (m RequestMatch) excludes(o RequestMatch) bool {
	if m.URI != nil && o.URI != nil && m.URI.Excludes(*o.URI) {
		return true
	}
	for name, match := range m.Headers {
		if other, ok := o.Headers[name]; ok && match.Excludes(other) {
			return true
		}
	}
	return false
}
