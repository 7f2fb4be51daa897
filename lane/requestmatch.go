package lane

// RequestMatch is which requests a route takes; the zero value takes all.
type RequestMatch struct {
	// Hosts are DNS names, or "*" and "*.<domain>".
	Hosts []string
	URI   *Match
	// Headers are by name, in lower case. All of them have to match.
	Headers map[string]Match
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
