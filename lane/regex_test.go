package lane

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExpressionsThatProxiesCompile(t *testing.T) {
	for _, expr := range []string{
		"/a/[0-9]+(/.*)?", ".*", `\d+\.\w`, "é", `(?i)shop\.example\.com(:[0-9]+)?`, `(?P<name>a)`, strings.Repeat("a", regexLimit),
		`\p{Any}`, `\p{Lu}+\P{Nd}`, `\pL\PN`, `\p{^Greek}`, `[\p{Han}\P{^Latin}]`, `\p{Common}`,
		`\\p{Letter}`, `\Q\p{Letter}\x{100}\E`, `\Q\p{Letter}`, `\\\\p{greek}`, `\\x{100}`,
		`\p{L}{1000}`, "[a-z]{1,900}",
		`\x{FF}`, `\x{00ff}`, `\xFF`, `\377`, `\012`,
	} {
		assert.Empty(t, RegexProblem(expr), expr)
	}
}

func TestExpressionsThatProxiesDoNotCompile(t *testing.T) {
	for expr, want := range map[string]string{
		"":                                "is an empty regular expression",
		"*":                               "for any value write .*",
		"(?!a).*":                         "no look-around",
		strings.Repeat("a", regexLimit+1): "of 1025 characters, and 1024 are allowed",
		"/(?:" + strings.Repeat("a", 300) + "){1000}": "repeat less",
		"(?:" + strings.Repeat(`\W`, 100) + "){1000}": "and 2000 are allowed",
		`/\p{Letter}+`:          `has \p{Letter} in its regular expression, a class of characters that proxies do not know`,
		`\p{greek}`:             `has \p{greek}`,
		`\p{ASCII}`:             `has \p{ASCII}`,
		`\p{any}`:               `has \p{any}`,
		`\P{^Lowercase_Letter}`: `has \P{^Lowercase_Letter}`,
		`[a\p{digit}]`:          `has \p{digit}`,
		`\p{Cn}`:                `has \p{Cn}`,
		`\\\p{LC}`:              `has \p{LC}`,
		`\Qa\E\p{Punctuation}`:  `has \p{Punctuation}`,
		`a\x{100}`:              `has \x{100} in its regular expression, and proxies compare byte by byte`,
		`[\x{3b1}-\x{3c9}]`:     `has \x{3b1}`,
		`\400`:                  `has \400`,
	} {
		assert.Contains(t, RegexProblem(expr), want, expr)
	}
}

// A later Go knows them, and RE2 does not.
func TestYoungScriptsAreNotKnown(t *testing.T) {
	for _, script := range youngScripts {
		assert.False(t, knownClass(script), script)
	}
}
