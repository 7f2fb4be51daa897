package lane

import (
	"regexp"
	"regexp/syntax"
	"slices"
)

// A proxy finds a cookie by an expression for the header that all of them stand in, so one for a
// value stands inside of another: it must not reach over the end of its cookie, and has no ends of
// its own.

// cookieExpression is an expression for a cookie's value as it can stand in there: ^ and $ are
// left out, since it is compared with the whole value anyway, and "." is any character that a
// value can have. One that does not parse stays as it is.
func cookieExpression(expr string) string {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return expr
	}
	return inCookie(parsed).String()
}

// anyOfCookie are the characters of a value, parsed.
var anyOfCookie = mustParse(`[^;,\s]`)

func mustParse(expr string) *syntax.Regexp {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		panic(err)
	}
	return parsed
}

func inCookie(re *syntax.Regexp) *syntax.Regexp {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return anyOfCookie
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpEndLine, syntax.OpEndText:
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	case syntax.OpLiteral:
		if slices.ContainsFunc(re.Rune, notInCookie) {
			return &syntax.Regexp{Op: syntax.OpNoMatch}
		}
	case syntax.OpCharClass:
		return withoutSeparators(re)
	}
	out := *re
	out.Sub = nil
	for _, sub := range re.Sub {
		if sub = inCookie(sub); sub.Op != syntax.OpEmptyMatch || re.Op != syntax.OpConcat {
			out.Sub = append(out.Sub, sub)
		}
	}
	return &out
}

// withoutSeparators is a class of characters without those that no value has.
func withoutSeparators(re *syntax.Regexp) *syntax.Regexp {
	var ranges []rune
	for i := 0; i < len(re.Rune); i += 2 {
		from, to := re.Rune[i], re.Rune[i+1]
		for _, r := range separators {
			if from <= r && r <= to {
				if from < r {
					ranges = append(ranges, from, r-1)
				}
				from = r + 1
			}
		}
		if from <= to {
			ranges = append(ranges, from, to)
		}
	}
	if len(ranges) == 0 {
		return &syntax.Regexp{Op: syntax.OpNoMatch}
	}
	return &syntax.Regexp{Op: syntax.OpCharClass, Flags: re.Flags, Rune: ranges}
}

// separators are what no value of a cookie has, in their order.
var separators = []rune("\t\n\f\r ,;")

func notInCookie(r rune) bool { return slices.Contains(separators, r) }

// matchesNone reports whether an expression, or a part of it, matches nothing at all.
func matchesNone(expr string) bool {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	return err == nil && slices.ContainsFunc(parts(parsed), func(re *syntax.Regexp) bool {
		return re.Op == syntax.OpNoMatch || re.Op == syntax.OpCharClass && len(re.Rune) == 0
	})
}

func parts(re *syntax.Regexp) []*syntax.Regexp {
	out := []*syntax.Regexp{re}
	for _, sub := range re.Sub {
		out = append(out, parts(sub)...)
	}
	return out
}

// cookieLimit is the longest expression for a cookie, name and value, so that with what stands
// around it Istio takes it (regexLimit).
const cookieLimit = 900

// cookieLength is how long the expression for a cookie is.
func cookieLength(c CookieMatch) int {
	value := regexp.QuoteMeta(c.Value)
	if c.Kind == MatchRegex {
		value = c.Value
	}
	return len(regexp.QuoteMeta(c.Name)) + len(value)
}
