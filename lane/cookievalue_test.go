package lane

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	apiv1 "lanekeeper.io/api/v1"
)

func TestAnExpressionForACookie(t *testing.T) {
	for expr, want := range map[string]string{
		`jason`:      `jason`,
		`^jason$`:    `jason`,
		`\Qjason`:    `jason`,
		`\Aja|son\z`: `ja|son`,
		`.*beta`:     `[^\t\n\f\r ,;]*beta`,
		`(?s).`:      `[^\t\n\f\r ,;]`,
		`[^x]+`:      `[^\t\n\f\r ,;x]+`,
		`[a-z0-9]`:   `[0-9a-z]`,
		`(?i)beta`:   `(?i:BETA)`,
		`(`:          `(`,
	} {
		assert.Equal(t, want, cookieExpression(expr), expr)
		assert.Equal(t, want, cookieExpression(want), "%s, read back", expr)
	}
}

// As part of another expression it finds what it finds alone.
func TestAnExpressionForACookieStaysInIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expr := rapid.SampledFrom([]string{`.*beta`, `^a.c$`, `[^x]*`, `a|b`, `(?i)beta`, `\w+`, `\S*`, `b\b.*`, `\Qa.c`}).Draw(t, "expression")
		value := rapid.StringMatching(`[a-cx.]{0,4}(beta)?`).Draw(t, "value")
		others := rapid.SampledFrom([]string{"", "; a=beta", "; user2=beta", ", beta", "; x"}).Draw(t, "others")
		alone, err := regexp.Compile("^(?:" + expr + ")$")
		if err != nil {
			alone = regexp.MustCompile("^(?:" + expr + `\E)$`)
		}
		within := regexp.MustCompile(`^(?:.*[;,]\s*)?user=(?:` + cookieExpression(expr) + `)\s*(?:[;,].*)?$`)
		assert.Equal(t, alone.MatchString(value), within.MatchString("user="+value+others))
	})
}

func TestACookieThatNoRouteCanAskFor(t *testing.T) {
	of := func(m apiv1.StringMatch) *Problem {
		return cookieProblem(apiv1.RequestMatch{Cookie: apiv1.CookieMatch{Name: "user", StringMatch: m}})
	}
	assert.Nil(t, of(apiv1.StringMatch{Regex: ".*beta"}))
	for _, m := range []apiv1.StringMatch{{Regex: "a b"}, {Regex: "[;,]"}, {Exact: string(make([]byte, 1000))}, {Regex: regexp.QuoteMeta(string(make([]byte, 200))) + ".{1,}" + `[^a][^b][^c]` + longClasses}} {
		assert.NotNil(t, of(m), m)
	}
	assert.Contains(t, of(apiv1.StringMatch{Regex: "a; b"}).Message, "asks in its regular expression for a blank, a comma or a semicolon")
	assert.Contains(t, of(apiv1.StringMatch{Prefix: longClasses + longClasses + longClasses}).Message, "is found by an expression of")
}

// longClasses are short as they are written, and long in an expression for the header.
var longClasses = func() (out string) {
	for range 50 {
		out += "[^a]"
	}
	return out + "[^b][^c][^d]"
}()
