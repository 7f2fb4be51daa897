package lane

import "strings"

// HostWithin reports whether every name that host stands for is one that other
// stands for, too. Both may begin with a star, which stands for any characters
// in front of the rest. Case does not matter, as in any host name.
func HostWithin(host, other string) bool {
	host, other = strings.ToLower(host), strings.ToLower(other)
	rest, wild := strings.CutPrefix(other, "*")
	if !wild {
		return host == other
	}
	return strings.HasSuffix(host, rest)
}
