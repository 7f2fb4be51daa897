package istio

import (
	"strings"
	"testing"
)

func TestPatchesWithValuesThatNoProxyTakes(t *testing.T) {
	for name, tc := range map[string]struct{ traffic, route, want string }{
		"all is well": {`{"connectionPool": {"tcp": {"maxConnections": 3}}, "loadBalancer": {"consistentHash": {"httpCookie": {"name": "a", "ttl": "3s"}}}}`,
			`{"timeout": "3s", "corsPolicy": {"allowOrigins": [{"regex": "a.*"}]}, "rewrite": {"authority": "shop.example.com:8080", "uri": "/a%20b"}, "headers": {"response": {"set": {"x-a": "100%% %ROUTE_NAME%"}, "remove": ["x-b"]}}}`, ""},
		"durations as Go has them": {`{"connectionPool": {"tcp": {"connectTimeout": "500ms", "tcpKeepalive": {"time": "1h", "interval": null}}}}`,
			`{"timeout": "1m", "retries": {"attempts": 2, "perTryTimeout": "1.118s"}, "mirrors": [{"destination": {"host": "shadow"}, "percentage": {"value": 1}}], "corsPolicy": {"maxAge": "24h"}}`, ""},
		"no duration":             {`{"connectionPool": {"tcp": {"connectTimeout": "5"}}}`, "", `trafficPolicyPatch of service shop/a cannot be merged: connectionPool.tcp.connectTimeout is "5", which is no duration: write one such as 500ms, 30s or 1m`},
		"no such field":           {"", `{"retries": {"attempt": 2}}`, `cannot be merged: unknown field "retries.attempt"`},
		"no field of an item":     {"", `{"mirrors": [{}, {"to": "a"}]}`, `unknown field "mirrors[1].to"`},
		"a 64-bit number":         {`{"loadBalancer": {"consistentHash": {"httpHeaderName": "x-user", "ringHash": {"minimumRingSize": 2048}}}}`, "", "sets loadBalancer.consistentHash.ringHash.minimumRingSize to 2048: it cannot be written"},
		"no header to tell by":    {`{"loadBalancer": {"consistentHash": {"httpHeaderName": ""}}}`, "", "consistentHash.httpHeaderName"},
		"no parameter to tell by": {`{"loadBalancer": {"consistentHash": {"httpQueryParameterName": ""}}}`, "", "consistentHash.httpQueryParameterName"},
		"a cookie of two lines":   {`{"loadBalancer": {"consistentHash": {"httpCookie": {"name": "a", "path": "/\n", "ttl": "1s"}}}}`, "", "consistentHash.httpCookie.path"},
		"a negative time":         {`{"loadBalancer": {"consistentHash": {"httpCookie": {"name": "a", "ttl": "-3s"}}}}`, "", "trafficPolicyPatch of service shop/a sets loadBalancer.consistentHash.httpCookie.ttl to -3s: it must not be negative"},
		"a negative time-out":     {"", `{"timeout": "-0.5s"}`, "sets timeout to -500ms: it must not be negative"},
		"another in Go's words":   {"", `{"retries": {"attempts": 2, "perTryTimeout": "-90s"}}`, "sets retries.perTryTimeout to -1m30s: it must not be negative"},
		"a negative number":       {`{"connectionPool": {"tcp": {"maxConnections": -1}}}`, "", "sets connectionPool.tcp.maxConnections to -1: it must not be negative"},
		"an expression":           {"", `{"corsPolicy": {"allowOrigins": [{"exact": "a"}, {"regex": "\\p{Letter}"}]}}`, `sets corsPolicy.allowOrigins[1].regex to "\\p{Letter}": has \p{Letter}`},
		"no expression":           {"", `{"corsPolicy": {"allowOrigins": [{"regex": ""}]}}`, "is an empty regular expression"},
		"an expression of a path": {"", `{"rewrite": {"uriRegexRewrite": {"match": "(?!a)", "rewrite": "/"}}}`, "sets rewrite.uriRegexRewrite.match to"},
		"a rewrite of two lines":  {"", `{"rewrite": {"uriRegexRewrite": {"match": "a", "rewrite": "/\n"}}}`, `sets rewrite.uriRegexRewrite.rewrite to "/\n": it must have no line break`},
		"no path":                 {"", `{"rewrite": {"uri": "shop"}}`, `sets rewrite.uri to "shop": a path begins with /`},
		"half an escape":          {"", `{"rewrite": {"uri": "/100%"}}`, "% only before two hexadecimal digits"},
		"the length of a message": {"", `{"headers": {"request": {"set": {"Content-Length": "a"}}}}`, "sets headers.request.set[Content-Length]"},
		"a value without end":     {"", `{"headers": {"request": {"set": {"x-note": "` + strings.Repeat("a", 17000) + `"}}}}`, "to a value of 17000 characters: 16384 are allowed"},
		"a path of two lines":     {"", `{"rewrite": {"uri": "/a\nb"}}`, "sets rewrite.uri to"},
		"no authority":            {"", `{"rewrite": {"authority": "a b"}}`, `sets rewrite.authority to "a b": it must be a host`},
		"no port":                 {"", `{"rewrite": {"authority": "a:http"}}`, "it must be a host, with or without a port"},
		"a command":               {"", `{"headers": {"response": {"add": {"x-env": "%ENV%"}}}}`, `httpRoutePatch of service shop/a sets headers.response.add[x-env] to "%ENV%": %ENV% is not known`},
		"a header's name":         {"", `{"headers": {"request": {"set": {"a b": "c"}}}}`, `sets headers.request.set[a b] to "c": "a b" is no name of a header`},
		"a name to remove":        {"", `{"headers": {"request": {"remove": ["a b"]}}}`, `sets headers.request.remove to "a b": it is no name of a header`},
		"a mirror to itself":      {"", `{"mirror": {"host": "a.shop.svc.cluster.local"}}`, `httpRoutePatch of service shop/a sets mirror.host to "a.shop.svc.cluster.local", a Service of the group`},
		"a value of two lines":    {"", `{"headers": {"request": {"set": {"a": "b\nc"}}}}`, "a header has no line break"},
	} {
		t.Run(name, func(t *testing.T) { assertProblem(t, tc.traffic, tc.route, tc.want) })
	}
}
