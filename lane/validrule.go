package lane

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	utilvalidation "k8s.io/apimachinery/pkg/util/validation"

	apiv1 "lanekeeper.io/api/v1"
)

// A proxy that does not understand one matcher refuses all of its routes, those of other
// groups included, and a mesh that is asked first refuses the whole object. So a rule is
// checked before a route is made of it.

// token is one of RFC 9110 (5.6.2).
var token = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

// notHeaders are ignored among headers (HTTPMatchRequest.headers): a rule that asks for nothing
// else would match everything.
var notHeaders = []string{"uri", "scheme", "method", "authority"}

// IsHeaderName reports whether a header or a cookie can have the name.
func IsHeaderName(name string) bool { return token.MatchString(name) }

// ruleProblem is why no route can be made of a rule, whatever it goes to; nil when one
// can.
func ruleProblem(r apiv1.IngressRule) *Problem {
	for _, host := range r.Hosts {
		if problem := hostProblem(host); problem != "" {
			return invalidRule("hosts", problem)
		}
	}
	if problem := uriProblem(r.Match.URI); problem != "" {
		return invalidRule("match.uri", problem)
	}
	return cmp.Or(headersProblem(r.Match), methodProblem(r.Match.Method), queryProblem(r.Match.QueryParams), cookieProblem(r.Match))
}

func headersProblem(match apiv1.RequestMatch) *Problem {
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(match.Headers)) {
		field, lower := "match.headers["+name+"]", strings.ToLower(name)
		if !IsHeaderName(name) {
			return invalidRule(field, "is no name of a header")
		}
		if slices.Contains(notHeaders, lower) {
			return invalidRule(field, "is not asked for, since Istio ignores a header of this name: use match.uri, match.method or hosts, or another header")
		}
		if first, ok := seen[lower]; ok {
			return invalidRule(field, "is the same header as "+first+": case does not matter, so write it once")
		}
		seen[lower] = name
		if problem := matchProblem(match.Headers[name]); problem != "" {
			return invalidRule(field, problem)
		}
	}
	return nil
}

func invalidRule(field, problem string) *Problem {
	return &Problem{apiv1.ReasonInvalid, "its " + field + " " + problem}
}

// hostProblem is what is wrong with a host of a rule; empty when nothing is.
func hostProblem(host string) string {
	name := strings.ToLower(strings.TrimPrefix(host, "*."))
	long := slices.ContainsFunc(strings.Split(name, "."), func(label string) bool { return len(label) > utilvalidation.DNS1123LabelMaxLength })
	switch {
	case host == "*" || !long && len(utilvalidation.IsDNS1123Subdomain(name)) == 0:
		return ""
	case long:
		return fmt.Sprintf("has %q, which is no host: a label has at most %d characters", host, utilvalidation.DNS1123LabelMaxLength)
	}
	return fmt.Sprintf("has %q, which is no host: write a DNS name, without a port or a scheme, or *.<domain>, or *", host)
}

// uriProblem is what is wrong with the matcher of a path; empty when nothing is. A path begins
// with a slash, and Envoy compares it without the query and the fragment (PathMatcher), so
// that nothing else could ever match.
func uriProblem(m apiv1.StringMatch) string {
	how, value := "exact", m.Exact
	if value == "" {
		how, value = "prefix", m.Prefix
	}
	if value == "" {
		return matchProblem(m)
	}
	no := func(r rune) bool { return r == '?' || r == '#' || unicode.IsSpace(r) || unicode.IsControl(r) }
	if strings.HasPrefix(value, "/") && !strings.ContainsFunc(value, no) {
		return ""
	}
	return fmt.Sprintf("has %s %s, which no path matches: a path begins with / and has no ?, no # and no blank", how, Quote(value))
}

// matchProblem is what is wrong with a matcher; empty when nothing is.
func matchProblem(m apiv1.StringMatch) string {
	switch {
	case strings.ContainsAny(m.Exact+m.Prefix, "\r\n\x00"):
		return fmt.Sprintf("is %s, and no header has a line break or a NUL", Quote(m.Exact+m.Prefix))
	case m.Exact != "" || m.Prefix != "" || m.Regex == "":
		return ""
	}
	return RegexProblem(m.Regex)
}
