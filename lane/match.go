package lane

import (
	"regexp"
	"strings"
)

// Match is a string matcher.
type Match struct {
	Kind  MatchKind
	Value string
}

// MatchKind is exact, prefix or regex.
type MatchKind string

// The kinds of matchers of a lane's ingress rule.
const (
	MatchExact  MatchKind = "exact"
	MatchPrefix MatchKind = "prefix"
	MatchRegex  MatchKind = "regex"
)

// Excludes reports whether no string matches both. A regular expression can be compared
// with an exact value only; otherwise the two are taken to have a string in common.
func (m Match) Excludes(o Match) bool {
	switch {
	case m.Kind == MatchExact:
		return !o.Matches(m.Value)
	case o.Kind == MatchExact:
		return !m.Matches(o.Value)
	case m.Kind == MatchPrefix && o.Kind == MatchPrefix:
		return !strings.HasPrefix(m.Value, o.Value) && !strings.HasPrefix(o.Value, m.Value)
	}
	return false
}

// Matches reports whether Envoy would match the string: a regular expression is for the
// whole of it. "*" is Istio's form for any value. An invalid expression is taken to match.
func (m Match) Matches(s string) bool {
	switch m.Kind {
	case MatchExact:
		return s == m.Value
	case MatchPrefix:
		return strings.HasPrefix(s, m.Value)
	}
	re, err := regexp.Compile("^(?:" + m.Value + ")$")
	return err != nil || m.Value == "*" || re.MatchString(s)
}
