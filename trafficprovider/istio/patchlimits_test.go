package istio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// What proxies take and what they refuse is tried with Envoy 1.40.

func TestTrafficPolicyPatchesBeyondWhatProxiesTake(t *testing.T) {
	cookie := func(more string) string {
		return `{"loadBalancer": {"consistentHash": {"httpCookie": {"name": "a", ` + more + `}}}}`
	}
	attribute := func(name, value string) string {
		return cookie(fmt.Sprintf(`"attributes": [{"name": "SameSite", "value": "Strict; Secure"}, {"name": %q, "value": %q}]`, name, value))
	}
	http2 := func(keepAlive string) string {
		return `{"connectionPool": {"http": {"http2KeepAlive": ` + keepAlive + `}}}`
	}
	sni := func(name string) string { return fmt.Sprintf(`{"tls": {"mode": "SIMPLE", "sni": %q}}`, name) }
	for name, tc := range map[string]struct{ patch, want string }{
		"a cookie for long":          {cookie(`"ttl": "9223372035s"`), ""},
		"a cookie for ever":          {cookie(`"ttl": "9223372036s"`), "httpCookie.ttl to 9223372036s: proxies count to 292 years"},
		"idle for ever":              {`{"connectionPool": {"tcp": {"idleTimeout": "9223372036s"}}}`, "connectionPool.tcp.idleTimeout to 9223372036s"},
		"a budget for ever":          {`{"retryBudget": {"percent": 20, "budgetInterval": "9223372036s"}}`, "retryBudget.budgetInterval to 9223372036s"},
		"an attribute":               {attribute("Partitioned", ""), ""},
		"an attribute without name":  {attribute("", "a"), `httpCookie.attributes[1].name to "": it is no name of a cookie's attribute`},
		"an attribute of two words":  {attribute("a b", "a"), "httpCookie.attributes[1].name"},
		"an attribute of two lines":  {attribute("a", "b\n"), "httpCookie.attributes[1].value"},
		"an attribute without end":   {attribute("a", strings.Repeat("b", 16384)), "httpCookie.attributes[1] to an attribute of 16385 characters: 16384 are allowed"},
		"an attribute at its limit":  {attribute("a", strings.Repeat("b", 16383)), ""},
		"a server's long name":       {sni(strings.Repeat("a", 255)), ""},
		"a server's name too long":   {sni(strings.Repeat("a", 256)), "the name of a server has at most 255 bytes"},
		"long in bytes":              {sni(strings.Repeat("ä", 128)), "the name of a server has at most 255 bytes"},
		"a NUL in a server's name":   {`{"tls": {"mode": "SIMPLE", "sni": "a\u0000b"}}`, "tls.sni"},
		"pings":                      {http2(`{"interval": "1s", "timeout": "1ms"}`), ""},
		"pings without times":        {http2(`{}`), "connectionPool.http.http2KeepAlive without an interval and a timeout: set both"},
		"pings that nobody awaits":   {http2(`{"interval": "1s"}`), "without an interval and a timeout"},
		"pings all the time":         {http2(`{"interval": "0s", "timeout": "1s"}`), "http2KeepAlive.interval to 0s: it must be 1ms or more"},
		"pings answered at once":     {http2(`{"interval": "1s", "timeout": "0.0005s"}`), "http2KeepAlive.timeout to 500µs: it must be 1ms or more"},
		"no time to connect":         {`{"connectionPool": {"tcp": {"connectTimeout": "0s"}}}`, "connectionPool.tcp.connectTimeout to 0s: it must be 1ms or more"},
		"never idle":                 {`{"connectionPool": {"tcp": {"idleTimeout": "0s"}}}`, ""},
		"all retries":                {`{"retryBudget": {"percent": 100}}`, ""},
		"more than all retries":      {`{"retryBudget": {"percent": 100.5}}`, "retryBudget.percent to 100.5: it must be from 0 to 100"},
		"warm from the beginning":    {`{"loadBalancer": {"warmup": {"duration": "1s", "minimumPercent": 101}}}`, "warmup.minimumPercent to 101: it must be from 0 to 100"},
		"no number of percents":      {`{"loadBalancer": {"warmup": {"duration": "1s", "minimumPercent": "NaN"}}}`, "warmup.minimumPercent to NaN"},
		"a tunnel":                   {`{"tunnel": {"targetHost": "a.example.com", "targetPort": 80}}`, ""},
		"a tunnel to what is unsaid": {`{"tunnel": {"targetHost": "%ENV%", "targetPort": 80}}`, "tunnel.targetHost"},
	} {
		t.Run(name, func(t *testing.T) { assertProblem(t, tc.patch, "", tc.want) })
	}
}

func TestRoutePatchesBeyondWhatProxiesTake(t *testing.T) {
	abort := func(status int) string { return fmt.Sprintf(`{"fault": {"abort": {"httpStatus": %d}}}`, status) }
	origin := func(match string) string { return `{"corsPolicy": {"allowOrigins": [{"exact": "a"}, ` + match + `]}}` }
	headers := func(n int) string {
		var set []string
		for i := range n {
			set = append(set, fmt.Sprintf(`"x-%d": "a"`, i))
		}
		return `{"headers": {"response": {"add": {"y": "a"}, "set": {` + strings.Join(set, ",") + `}}}}`
	}
	for name, tc := range map[string]struct{ patch, want string }{
		"the least status":     {abort(200), ""},
		"the last status":      {abort(599), ""},
		"no status":            {abort(0), "fault.abort.httpStatus to 0: an answer has a status from 200 to 599"},
		"no answer yet":        {abort(199), "fault.abort.httpStatus to 199"},
		"no status of HTTP":    {abort(600), "fault.abort.httpStatus to 600"},
		"a delay":              {`{"fault": {"delay": {"fixedDelay": "1ms"}}}`, ""},
		"no delay":             {`{"fault": {"delay": {"fixedDelay": "0s"}}}`, "fault.delay.fixedDelay to 0s: it must be 1ms or more"},
		"again at once":        {`{"retries": {"attempts": 3, "backoff": "0s"}}`, "retries.backoff to 0s: it must be 1ms or more"},
		"no time-out":          {`{"timeout": "0s", "retries": {"attempts": 3, "perTryTimeout": "0s"}}`, ""},
		"a time-out for ever":  {`{"timeout": "2562047h47m16s"}`, "sets timeout to 9223372036s: proxies count to 292 years"},
		"no origin":            {origin(`{}`), `corsPolicy.allowOrigins[1] to "": it must have a text`},
		"an origin's no start": {origin(`{"prefix": ""}`), "corsPolicy.allowOrigins[1]"},
		"an origin's start":    {origin(`{"prefix": "https://"}`), ""},
		"many headers":         {headers(998), ""},
		"too many headers":     {headers(999), "sets headers.response to 1000 headers that are set or added: 999 are allowed"},
	} {
		t.Run(name, func(t *testing.T) { assertProblem(t, "", tc.patch, tc.want) })
	}
}

// assertProblem expects that patches are refused with some words, or not at all without one.
func assertProblem(t *testing.T, traffic, route, want string) {
	t.Helper()
	problem := patchProblem(traffic, route)
	if want == "" {
		require.Nil(t, problem)
		return
	}
	require.NotNil(t, problem)
	assert.Contains(t, problem.Message, want)
}

// patchProblem is what is said of a group of one Service with these patches.
func patchProblem(traffic, route string) *lane.Problem {
	service := types.NamespacedName{Namespace: "shop", Name: "a"}
	group := lane.Group{Name: "g", Tag: lane.Tag{RouteHeader: "x-lane"}, Services: []types.NamespacedName{service}}
	group.DefaultPolicy.Traffic, group.DefaultPolicy.Route = []byte(traffic), []byte(route)
	return (&Provider{}).CheckPatches(group)
}
