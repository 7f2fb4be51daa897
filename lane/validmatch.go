package lane

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	apiv1 "lanekeeper.io/api/v1"
)

// methodProblem is about a matcher of methods, which are tokens in upper case.
func methodProblem(m apiv1.StringMatch) *Problem {
	if value := m.Exact + m.Prefix; value != "" && (!IsHeaderName(value) || value != strings.ToUpper(value)) {
		return invalidRule("match.method", fmt.Sprintf("is %q, and no method is so: write it in upper case, as GET", value))
	}
	if problem := matchProblem(m); problem != "" {
		return invalidRule("match.method", problem)
	}
	return nil
}

func queryProblem(params map[string]apiv1.StringMatch) *Problem {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		field := "match.queryParams[" + name + "]"
		if name == "" || strings.ContainsFunc(name, notInQuery) {
			return invalidRule(field, "is no name of a parameter: it has no blank and none of & = # ?")
		}
		m := params[name]
		if strings.ContainsFunc(m.Exact+m.Prefix, notInQuery) {
			return invalidRule(field, fmt.Sprintf("has %q, which no parameter is: it is compared as it is written in the query, without blanks and & # ?", m.Exact+m.Prefix))
		}
		if problem := matchProblem(m); problem != "" {
			return invalidRule(field, problem)
		}
	}
	return nil
}

func notInQuery(r rune) bool {
	return strings.ContainsRune("&#?", r) || unicode.IsSpace(r) || unicode.IsControl(r)
}

// cookieProblem is about the one cookie that a rule can ask for.
func cookieProblem(match apiv1.RequestMatch) *Problem {
	cookie := match.Cookie
	if cookie == (apiv1.CookieMatch{}) {
		return nil
	}
	for name := range match.Headers {
		if strings.EqualFold(name, "cookie") {
			return invalidRule("match.cookie", "asks for the header that match.headers["+name+"] asks for, too: leave one of them out")
		}
	}
	if !IsHeaderName(cookie.Name) {
		return invalidRule("match.cookie.name", "is no name of a cookie")
	}
	if strings.ContainsAny(cookie.Exact+cookie.Prefix, ";, \t") {
		return invalidRule("match.cookie", fmt.Sprintf("is %q, and no cookie has a blank, a comma or a semicolon", cookie.Exact+cookie.Prefix))
	}
	if newMatch(cookie.StringMatch) == nil {
		return invalidRule("match.cookie", "says nothing of the value: set exact, prefix or regex")
	}
	if problem := matchProblem(cookie.StringMatch); problem != "" {
		return invalidRule("match.cookie", problem)
	}
	return cookieExpressionProblem(*newRequestMatch(nil, match).Cookie)
}

// cookieExpressionProblem is about the expression that a cookie is found by.
func cookieExpressionProblem(c CookieMatch) *Problem {
	switch n := cookieLength(c); {
	case c.Kind == MatchRegex && matchesNone(c.Value):
		return invalidRule("match.cookie", "asks in its regular expression for a blank, a comma or a semicolon, and no cookie has one")
	case n > cookieLimit:
		return invalidRule("match.cookie", fmt.Sprintf("is found by an expression of %d characters, name and value, and %d are allowed", n, cookieLimit))
	case c.Kind == MatchRegex:
		if problem := RegexProblem(c.Value); problem != "" {
			return invalidRule("match.cookie", problem)
		}
	}
	return nil
}
