package foreign

import (
	"testing"

	"github.com/stretchr/testify/assert"
	networkingapi "istio.io/api/networking/v1"
)

func TestRoutesThatCanMatchOneRequestOverlap(t *testing.T) {
	for name, tc := range map[string]struct {
		a, b string
		want bool
	}{
		"no match is every match":     {"{}", "{match: [{uri: {exact: /a}}]}", true},
		"two paths":                   {"{match: [{uri: {exact: /a}}]}", "{match: [{uri: {exact: /b}}]}", false},
		"a path in any case":          {"{match: [{uri: {exact: /a}, ignoreUriCase: true}]}", "{match: [{uri: {exact: /A}}]}", true},
		"a path and its prefix":       {"{match: [{uri: {exact: /a/b}}]}", "{match: [{uri: {prefix: /a}}]}", true},
		"a path and another prefix":   {"{match: [{uri: {exact: /a/b}}]}", "{match: [{uri: {prefix: /b}}]}", false},
		"nested prefixes":             {"{match: [{uri: {prefix: /a/b}}]}", "{match: [{uri: {prefix: /a}}]}", true},
		"two prefixes":                {"{match: [{uri: {prefix: /a/b}}]}", "{match: [{uri: {prefix: /c}}]}", false},
		"a path and an expression":    {"{match: [{uri: {exact: /a}}]}", "{match: [{uri: {regex: '/[b-z].*'}}]}", false},
		"a path and a fitting one":    {"{match: [{uri: {exact: /abc}}]}", "{match: [{uri: {regex: '/a.*'}}]}", true},
		"expressions":                 {"{match: [{uri: {regex: 'a'}}]}", "{match: [{uri: {regex: 'b'}}]}", true},
		"one header, two values":      {"{match: [{headers: {X-A: {exact: '1'}}}]}", "{match: [{headers: {x-a: {exact: '2'}}}]}", false},
		"one header, any value":       {"{match: [{headers: {x-a: {exact: '1'}}}]}", "{match: [{headers: {x-a: {}}}]}", true},
		"two headers":                 {"{match: [{headers: {x-a: {exact: '1'}}}]}", "{match: [{headers: {x-b: {exact: '2'}}}]}", true},
		"with and without a header":   {"{match: [{headers: {x-a: {exact: '1'}}}]}", "{match: [{withoutHeaders: {x-a: {}}}]}", false},
		"without another value":       {"{match: [{headers: {x-a: {exact: '1'}}}]}", "{match: [{withoutHeaders: {x-a: {exact: '2'}}}]}", true},
		"two methods":                 {"{match: [{method: {exact: GET}}]}", "{match: [{method: {exact: PUT}}]}", false},
		"two ports":                   {"{match: [{port: 80}]}", "{match: [{port: 443}]}", false},
		"two parameters":              {"{match: [{queryParams: {q: {exact: a}}}]}", "{match: [{queryParams: {q: {exact: b}}}]}", false},
		"two hosts":                   {"{match: [{authority: {exact: A.example.com}}]}", "{match: [{authority: {regex: '(?i)b.example.com(:[0-9]+)?'}}]}", false},
		"one of several alternatives": {"{match: [{uri: {exact: /a}}, {uri: {exact: /b}}]}", "{match: [{uri: {exact: /b}}]}", true},
		"an alternative elsewhere":    {"{match: [{uri: {exact: /b}, gateways: [edge/other]}]}", "{match: [{uri: {exact: /b}}]}", false},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := read[networkingapi.HTTPRoute](t, tc.a), read[networkingapi.HTTPRoute](t, tc.b)
			assert.Equal(t, tc.want, overlapOn(a, "edge/gw", b, "edge/gw"))
			assert.Equal(t, tc.want, overlapOn(b, "edge/gw", a, "edge/gw"))
		})
	}
}

func TestWhatTakesEverything(t *testing.T) {
	for text, want := range map[string]bool{
		"{}":                             true,
		"{match: [{uri: {prefix: /}}]}":  true,
		"{match: [{uri: {regex: .*}}]}":  true,
		"{match: [{uri: {prefix: /a}}]}": false,
		"{match: [{uri: {prefix: /}, headers: {x: {}}}]}":        false,
		"{match: [{uri: {exact: /a}}, {uri: {prefix: /}}]}":      true,
		"{match: [{uri: {prefix: /}, method: {exact: GET}}]}":    false,
		"{match: [{uri: {prefix: /}, queryParams: {q: {}}}]}":    false,
		"{match: [{uri: {prefix: /}, withoutHeaders: {q: {}}}]}": false,
	} {
		assert.Equal(t, want, takesAll(read[networkingapi.HTTPRoute](t, text)), text)
	}
}
