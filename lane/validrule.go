package lane

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	utilvalidation "k8s.io/apimachinery/pkg/util/validation"

	apiv1 "lanekeeper.io/api/v1"
)

// A proxy that does not understand one matcher refuses all of its routes, those of other
// groups included, and a mesh that is asked first refuses the whole object. So a rule is
// checked before a route is made of it.

// regexLimit is the longest expression that Istio takes (validateStringMatchRegexp).
const regexLimit = 1024

// headerName is a token of RFC 9110.
var headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

// ruleProblem is why no route can be made of a rule, whatever it goes to; nil when one
// can.
func ruleProblem(r apiv1.IngressRule) *Problem {
	for _, host := range r.Hosts {
		if problem := hostProblem(host); problem != "" {
			return invalidRule("hosts", problem)
		}
	}
	if problem := matchProblem(r.Match.URI); problem != "" {
		return invalidRule("match.uri", problem)
	}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.Match.Headers)) {
		field, lower := "match.headers["+name+"]", strings.ToLower(name)
		if !headerName.MatchString(name) {
			return invalidRule(field, "is no name of a header")
		}
		if first, ok := seen[lower]; ok {
			return invalidRule(field, "is the same header as "+first+": case does not matter, so write it once")
		}
		seen[lower] = name
		if problem := matchProblem(r.Match.Headers[name]); problem != "" {
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
	if host == "*" || len(utilvalidation.IsDNS1123Subdomain(name)) == 0 {
		return ""
	}
	return fmt.Sprintf("has %q, which is no host: write a DNS name, without a port or a scheme, or *.<domain>, or *", host)
}

// matchProblem is what is wrong with a matcher; empty when nothing is. Envoy's expressions
// are RE2's, as Go's are.
func matchProblem(m apiv1.StringMatch) string {
	if m.Exact != "" || m.Prefix != "" || m.Regex == "" {
		return ""
	}
	if len(m.Regex) > regexLimit {
		return fmt.Sprintf("is a regular expression of %d characters, and %d are allowed", len(m.Regex), regexLimit)
	}
	if _, err := regexp.Compile(m.Regex); err != nil {
		return fmt.Sprintf("is no regular expression in RE2 syntax, which knows no look-around and no references (%v): for any value write .*", err)
	}
	return ""
}
