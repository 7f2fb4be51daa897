package lane

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
)

func TestRulesThatNoProxyTakes(t *testing.T) {
	uri := func(m apiv1.StringMatch) apiv1.IngressRule {
		return apiv1.IngressRule{Match: apiv1.RequestMatch{URI: m}}
	}
	header := func(names ...string) apiv1.IngressRule {
		headers := map[string]apiv1.StringMatch{}
		for _, name := range names {
			headers[name] = apiv1.StringMatch{Exact: name}
		}
		return apiv1.IngressRule{Match: apiv1.RequestMatch{Headers: headers}}
	}
	of := func(m apiv1.RequestMatch) apiv1.IngressRule { return apiv1.IngressRule{Match: m} }
	cookie := func(name string, m apiv1.StringMatch) apiv1.IngressRule {
		return of(apiv1.RequestMatch{Cookie: apiv1.CookieMatch{Name: name, StringMatch: m}})
	}
	host := func(h string) apiv1.IngressRule { return apiv1.IngressRule{Hosts: []string{h}} }
	for name, tc := range map[string]struct {
		rule apiv1.IngressRule
		err  string
	}{
		"nothing":                  {apiv1.IngressRule{}, ""},
		"an expression":            {uri(apiv1.StringMatch{Regex: "/a/[0-9]+(/.*)?"}), ""},
		"look-around":              {uri(apiv1.StringMatch{Regex: "^(?!curl).*$"}), "its match.uri is no regular expression in RE2 syntax"},
		"a reference":              {uri(apiv1.StringMatch{Regex: `(a)\1`}), "its match.uri is no regular expression"},
		"a star alone":             {uri(apiv1.StringMatch{Regex: "*"}), "for any value write .*"},
		"a long one":               {uri(apiv1.StringMatch{Regex: strings.Repeat("a", 1025)}), "of 1025 characters, and 1024 are allowed"},
		"a class that RE2 lacks":   {uri(apiv1.StringMatch{Regex: `/\p{Letter}`}), `its match.uri has \p{Letter} in its regular expression`},
		"a path":                   {uri(apiv1.StringMatch{Exact: "/a%20b/é"}), ""},
		"the beginning of a path":  {uri(apiv1.StringMatch{Prefix: "/"}), ""},
		"a star for a path":        {uri(apiv1.StringMatch{Exact: "*"}), `its match.uri has exact "*", which no path matches: a path begins with /`},
		"a path without its slash": {uri(apiv1.StringMatch{Prefix: "shop"}), `its match.uri has prefix "shop"`},
		"a path with a query":      {uri(apiv1.StringMatch{Prefix: "/shop?a=1"}), "which no path matches"},
		"a path with a fragment":   {uri(apiv1.StringMatch{Exact: "/shop#a"}), "which no path matches"},
		"a path with a blank":      {uri(apiv1.StringMatch{Exact: "/a b"}), "which no path matches"},
		"a path with a line break": {uri(apiv1.StringMatch{Exact: "/a\n"}), `has exact "/a\n"`},
		"a path with a control":    {uri(apiv1.StringMatch{Exact: "/a\x01"}), "which no path matches"},
		"a header's value":         {apiv1.IngressRule{Match: apiv1.RequestMatch{Headers: map[string]apiv1.StringMatch{"x-user": {Exact: "?a b #"}}}}, ""},
		"a value of two lines":     {apiv1.IngressRule{Match: apiv1.RequestMatch{Headers: map[string]apiv1.StringMatch{"x-user": {Prefix: "a\nb"}}}}, `its match.headers[x-user] is "a\nb", and no header has a line break`},
		"a header's expression":    {apiv1.IngressRule{Match: apiv1.RequestMatch{Headers: map[string]apiv1.StringMatch{"x-user": {Regex: "("}}}}, "its match.headers[x-user] is no regular expression"},
		"two headers":              {header("x-user", "x-group"), ""},
		"one header in two cases":  {header("X-User", "x-user"), "its match.headers[x-user] is the same header as X-User"},
		"no header":                {header("x user"), "its match.headers[x user] is no name of a header"},
		"a method":                 {of(apiv1.RequestMatch{Method: apiv1.StringMatch{Exact: "GET"}}), ""},
		"a method in lower case":   {of(apiv1.RequestMatch{Method: apiv1.StringMatch{Exact: "get"}}), `its match.method is "get", and no method is so`},
		"no method":                {of(apiv1.RequestMatch{Method: apiv1.StringMatch{Prefix: "GET "}}), "its match.method"},
		"a method's expression":    {of(apiv1.RequestMatch{Method: apiv1.StringMatch{Regex: "GET|("}}), "its match.method is no regular expression"},
		"a parameter":              {of(apiv1.RequestMatch{QueryParams: map[string]apiv1.StringMatch{"a[]": {Exact: "b=c%20d"}}}), ""},
		"a parameter of no name":   {of(apiv1.RequestMatch{QueryParams: map[string]apiv1.StringMatch{"": {Exact: "b"}}}), "its match.queryParams[] is no name of a parameter"},
		"a parameter with a blank": {of(apiv1.RequestMatch{QueryParams: map[string]apiv1.StringMatch{"a": {Exact: "b c"}}}), `its match.queryParams[a] has "b c", which no parameter is`},
		"two parameters in one":    {of(apiv1.RequestMatch{QueryParams: map[string]apiv1.StringMatch{"a": {Prefix: "b&c"}}}), "which no parameter is"},
		"a parameter's expression": {of(apiv1.RequestMatch{QueryParams: map[string]apiv1.StringMatch{"a": {Regex: "("}}}), "its match.queryParams[a] is no regular expression"},
		"a cookie":                 {cookie("user", apiv1.StringMatch{Exact: "jason"}), ""},
		"a cookie of no name":      {cookie("", apiv1.StringMatch{Exact: "jason"}), "its match.cookie.name is no name of a cookie"},
		"a cookie of an odd name":  {cookie("a;b", apiv1.StringMatch{Exact: "jason"}), "its match.cookie.name is no name of a cookie"},
		"two cookies in one":       {cookie("user", apiv1.StringMatch{Exact: "jason; a=b"}), "no cookie has a blank, a comma or a semicolon"},
		"any cookie of the name":   {cookie("user", apiv1.StringMatch{}), "its match.cookie says nothing of the value"},
		"a cookie's expression":    {cookie("user", apiv1.StringMatch{Regex: "("}), "its match.cookie is no regular expression"},
		"a cookie and its header": {of(apiv1.RequestMatch{Headers: map[string]apiv1.StringMatch{"Cookie": {Regex: "a"}},
			Cookie: apiv1.CookieMatch{Name: "user", StringMatch: apiv1.StringMatch{Exact: "a"}}}), "its match.cookie asks for the header that match.headers[Cookie] asks for, too"},
		"a host":                         {host("Shop.example.com"), ""},
		"a host by a star":               {host("*.example.com"), ""},
		"every host":                     {host("*"), ""},
		"an address":                     {host("10.0.0.1"), ""},
		"a host with a port":             {host("shop.example.com:8080"), `its hosts has "shop.example.com:8080", which is no host`},
		"a host with an underscore":      {host("shop_a.example.com"), "which is no host"},
		"a host of a long label":         {host(strings.Repeat("a", 64) + ".com"), "a label has at most 63 characters"},
		"a header that Istio ignores":    {header("URI"), "its match.headers[URI] is not asked for, since Istio ignores a header of this name"},
		"a star in the middle of a host": {host("shop.*.com"), "which is no host"},
	} {
		t.Run(name, func(t *testing.T) {
			problem := ruleProblem(tc.rule)
			if tc.err == "" {
				require.Nil(t, problem)
				return
			}
			require.NotNil(t, problem)
			assert.Equal(t, apiv1.ReasonInvalid, problem.Reason)
			assert.Contains(t, problem.Message, tc.err)
		})
	}
}
