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

// Excludes says whether no string matches both. Of two matchers of which one is
// a regular expression and the other no exact value that is not known, so they
// are taken for compatible.
func (m Match) Excludes(o Match) bool {
	switch {
	case m.Kind == MatchExact:
		return !o.matches(m.Value)
	case o.Kind == MatchExact:
		return !m.matches(o.Value)
	case m.Kind == MatchPrefix && o.Kind == MatchPrefix:
		return !strings.HasPrefix(m.Value, o.Value) && !strings.HasPrefix(o.Value, m.Value)
	}
	return false
}

// matches is as in Envoy, where a regular expression is for the whole string. "*"
// is how Istio writes that there is any; what is no expression could mean anything.
func (m Match) matches(s string) bool {
	switch m.Kind {
	case MatchExact:
		return s == m.Value
	case MatchPrefix:
		return strings.HasPrefix(s, m.Value)
	}
	re, err := regexp.Compile("^(?:" + m.Value + ")$")
	return err != nil || m.Value == "*" || re.MatchString(s)
}
