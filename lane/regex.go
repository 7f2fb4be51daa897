package lane

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A proxy refuses all of its routes for one expression that it cannot compile. Envoy's
// engine is RE2, of which Go's is the sister: what Go does not compile RE2 does not either,
// and of what Go compiles RE2 lacks what is asked for here.

// regexLimit is the longest expression that Istio takes (validateStringMatchRegexp).
const regexLimit = 1024

// escape finds the escapes of an expression one after the other, so that of \\p the p is no
// escape, and what \Q and \E enclose is one. The groups are the name of a class of
// characters, and the number of a character by its hexadecimal or octal digits.
var escape = regexp.MustCompile(`(?s)\\(?:Q.*?(?:\\E|\z)|[pP](?:\{\^?([^}]*)\}|(.))|x\{([0-9A-Fa-f]+)\}|([0-7]{3})|.)`)

// categories are the general categories that RE2 knows (unicode_groups in re2's
// unicode_groups.cc, and Any of parse.cc). Go has more of them, by long names and in any
// case.
var categories = strings.Fields("Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs")

// youngScripts are those of Unicode 16 and 17, which RE2 has not got yet.
var youngScripts = []string{
	"Garay", "Gurung_Khema", "Kirat_Rai", "Ol_Onal", "Sunuwar", "Todhri", "Tulu_Tigalari",
	"Beria_Erfe", "Sidetic", "Tai_Yo", "Tolong_Siki",
}

// RegexProblem is why no proxy would compile an expression, as it follows the name of the
// field; empty when they would.
func RegexProblem(expr string) string {
	switch {
	case expr == "":
		return "is an empty regular expression: for any value write .*"
	case len(expr) > regexLimit:
		return fmt.Sprintf("is a regular expression of %d characters, and %d are allowed", len(expr), regexLimit)
	}
	if _, err := regexp.Compile(expr); err != nil {
		return fmt.Sprintf("is no regular expression in RE2 syntax, which knows no look-around and no references (%s): for any value write .*", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if n := steps(expr); n > stepsLimit {
		return fmt.Sprintf("is a regular expression of %d steps with its repetitions written out, and %d are allowed: repeat less", n, stepsLimit)
	}
	for _, m := range escape.FindAllStringSubmatch(expr, -1) {
		if class := m[1] + m[2]; class != "" && !knownClass(class) {
			return fmt.Sprintf("has %s in its regular expression, a class of characters that proxies do not know: write a general category such as L or Lu, or the name of a script such as Greek, in just this case", m[0])
		}
		if wide(m[3], 16) || wide(m[4], 8) {
			return fmt.Sprintf(`has %s in its regular expression, and proxies compare byte by byte: write the character itself, or bytes of at most \xFF`, m[0])
		}
	}
	return ""
}

// stepsLimit is far below what RE2 takes with its 8 MB (re2.h, Options::max_mem): a class of
// characters is many of its instructions, and one of Go's.
const stepsLimit = 2000

// steps is how many instructions Go makes of an expression that compiles.
func steps(expr string) int {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return 0
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst)
}

func knownClass(name string) bool {
	_, script := unicode.Scripts[name]
	return slices.Contains(categories, name) || script && !slices.Contains(youngScripts, name)
}

// wide reports whether a character is none of Latin-1, which is the encoding that Envoy
// compiles expressions for (1.40 refuses \x{100} and \400).
func wide(digits string, base int) bool {
	n, err := strconv.ParseUint(digits, base, 32)
	return err == nil && n > unicode.MaxLatin1
}
