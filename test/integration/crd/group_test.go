package crd

import (
	"strings"
	"testing"
)

func TestGroupIsAccepted(t *testing.T) {
	check(t, "ASMSwimLaneGroup", []object{
		{title: "empty, strict", spec: `{}`},
		{title: "longest name", name: strings.Repeat("g", 63), spec: `{}`},
		{title: "strict, written out", spec: `{isPermissive: false, services: [{name: a, namespace: b}]}`},
		{title: "permissive without a trace header", spec: `{isPermissive: true, permissiveModeConfiguration: {fallbackTarget: base, routeHeader: x-lane}}`},
		{title: "baggage", spec: `{isPermissive: true, permissiveModeConfiguration: {fallbackTarget: base, routeHeader: x-lane, traceHeader: baggage}}`},
		{title: "other baseline for one service", spec: `{permissiveModeConfiguration: {serviceLevelFallbackTarget: {default/mocka: s2}}}`},
		{title: "same service name in two namespaces", spec: `{services: [{name: a, namespace: b}, {name: a, namespace: c}]}`},
		{title: "strategy rule_based", spec: `{ingress: {ingressRouting: {ingressRoutingStrategy: rule_based}}}`},
		{title: "strategy rule-based", spec: `{ingress: {ingressRouting: {ingressRoutingStrategy: rule-based}}}`},
		{title: "strategy weighted", spec: `{ingress: {ingressRouting: {ingressRoutingStrategy: weighted}}}`},
		{title: "gateway of type ingress", spec: `{ingress: {gateway: {name: a, namespace: b, type: ingress}}}`},
		{title: "patches of any shape", spec: `{defaultTrafficPolicyPatch: {tls: {mode: DISABLE}}, defaultHttpRoutePatch: {timeout: 3s, retries: {attempts: 2}}}`},
		{
			title: "what ASM writes for fields that nobody set",
			spec: `{
  services: [{name: a, namespace: b, cluster: {}, trafficPolicyPatch: null, httpRoutePatch: null}],
  ingress: {gateway: {}, ingressRouting: {weightedRoutingRule: {}}},
  permissiveModeConfiguration: {}, defaultTrafficPolicyPatch: null, defaultHttpRoutePatch: null}`,
		},
	})
}

func TestGroupIsRefused(t *testing.T) {
	const (
		name     = "a group's name must be a DNS label of at most 63 characters"
		service  = "must be the name of a Service: lower-case letters, digits and hyphens"
		baseline = "a permissive group needs permissiveModeConfiguration.fallbackTarget: the name of its baseline lane"
		host     = "a host must be *, a DNS name, or *. followed by a DNS name"
	)
	check(t, "ASMSwimLaneGroup", []object{
		{title: "name too long", name: strings.Repeat("g", 64), spec: `{}`, want: name},
		{title: "name with dots", name: "a.b", spec: `{}`, want: name},
		{title: "unknown strategy", spec: `{ingress: {ingressRouting: {ingressRoutingStrategy: random}}}`, want: `Unsupported value: "random": supported values: "rule_based", "rule-based", "weighted"`},
		{title: "unknown gateway type", spec: `{ingress: {gateway: {name: a, namespace: b, type: nginx}}}`, want: `Unsupported value: "nginx"`},
		{title: "gateway of a name with a dot", spec: `{ingress: {gateway: {name: a.b, namespace: c}}}`, want: "the name of a gateway must be a DNS label"},
		{title: "gateway without a namespace", spec: `{ingress: {gateway: {name: a}}}`, want: "a gateway needs both name and namespace"},
		{title: "service without a namespace", spec: `{services: [{name: a}]}`, want: "spec.services[0].namespace: Required value"},
		{title: "service with an empty name", spec: `{services: [{name: "", namespace: b}]}`, want: "spec.services[0].name"},
		{title: "service with a name that is none", spec: `{services: [{name: A_b, namespace: b}]}`, want: service},
		{title: "service with a namespace that is none", spec: `{services: [{name: a, namespace: b.c}]}`, want: "must be the name of a Namespace"},
		{title: "service named twice", spec: `{services: [{name: a, namespace: b}, {name: a, namespace: b, cluster: {id: c1}}]}`, want: `spec.services[1]: Duplicate value: {"name":"a","namespace":"b"}`},
		{title: "permissive without configuration", spec: `{isPermissive: true}`, want: baseline},
		{title: "permissive without a baseline", spec: `{isPermissive: true, permissiveModeConfiguration: {routeHeader: x-lane}}`, want: baseline},
		{title: "permissive with an empty baseline", spec: `{isPermissive: true, permissiveModeConfiguration: {routeHeader: x-lane, fallbackTarget: ""}}`, want: baseline},
		{title: "permissive without a route header", spec: `{isPermissive: true, permissiveModeConfiguration: {fallbackTarget: base}}`, want: "a permissive group needs permissiveModeConfiguration.routeHeader"},
		{title: "baseline that is no lane's name", spec: `{permissiveModeConfiguration: {fallbackTarget: Base}}`, want: "fallbackTarget must be the name of a lane"},
		{title: "baseline longer than a lane's name", spec: `{permissiveModeConfiguration: {fallbackTarget: ` + strings.Repeat("b", 59) + `}}`, want: "may not be more than 58"},
		{title: "service level baseline without a namespace", spec: `{permissiveModeConfiguration: {serviceLevelFallbackTarget: {mocka: s2}}}`, want: "every key of serviceLevelFallbackTarget must be <namespace>/<name> of a Service"},
		{title: "service level baseline empty", spec: `{permissiveModeConfiguration: {serviceLevelFallbackTarget: {a/b: ""}}}`, want: "every value of serviceLevelFallbackTarget must be the name of a lane"},
		{title: "weighted host empty", spec: `{ingress: {ingressRouting: {weightedRoutingRule: {hosts: [""]}}}}`, want: "hosts[0]"},
		{title: "weighted host is no host", spec: `{ingress: {ingressRouting: {weightedRoutingRule: {hosts: ["a b"]}}}}`, want: host},
		{title: "weighted match without a matcher", spec: `{ingress: {ingressRouting: {weightedRoutingRule: {requestMatches: [{uri: {}}]}}}}`, want: "set exactly one of exact, prefix and regex"},
		{title: "patch that is no object", spec: `{defaultHttpRoutePatch: "timeout"}`, want: "must be of type object"},
		{title: "service patch that is no object", spec: `{services: [{name: a, namespace: b, trafficPolicyPatch: [1]}]}`, want: "must be of type object"},
	})
}

func TestGroupHeaders(t *testing.T) {
	const (
		noName  = "routeHeader must be an HTTP header name such as x-asm-prefer-tag"
		taken   = "routeHeader carries the lane's name and is written over; it cannot be a header that requests need for something else"
		noTrace = "traceHeader must be baggage or an HTTP header name"
	)
	route := func(value string) string {
		return `{isPermissive: true, permissiveModeConfiguration: {fallbackTarget: base, routeHeader: "` + value + `"}}`
	}
	trace := func(value string) string {
		return `{permissiveModeConfiguration: {traceHeader: "` + value + `"}}`
	}
	check(t, "ASMSwimLaneGroup", []object{
		{title: "mixed case", spec: route("X-Asm-Prefer-Tag")},
		{title: "every character of a token, but for one", spec: route("x!#$&*+.^_|~-9")},
		{title: "the one that proxies read in values", spec: route("x%tag"), want: noName},
		{title: "route header with a space", spec: route("x lane"), want: noName},
		{title: "route header with a colon", spec: route("x-lane:"), want: noName},
		{title: "pseudo header", spec: route(":path"), want: noName},
		{title: "not ASCII", spec: route("x-läne"), want: noName},
		{title: "baggage carries the tag", spec: route("baggage"), want: taken},
		{title: "baggage in capitals", spec: route("Baggage"), want: taken},
		{title: "traceparent", spec: route("traceparent"), want: taken},
		{title: "request id", spec: route("x-request-id"), want: taken},
		{title: "host", spec: route("Host"), want: taken},
		{title: "the length of the body", spec: route("Content-Length"), want: taken},
		{title: "the type of the body", spec: route("content-type"), want: taken},
		{title: "how the body is sent", spec: route("transfer-encoding"), want: taken},
		{title: "a header of the connection", spec: route("Connection"), want: taken},
		{title: "te", spec: route("TE"), want: taken},
		{title: "an upgrade", spec: route("upgrade"), want: taken},
		{title: "a cookie", spec: route("cookie"), want: taken},
		{title: "an authorization", spec: route("authorization"), want: taken},
		{title: "a header of the proxies", spec: route("X-Envoy-Retry-On"), want: taken},
		{title: "the caller's address", spec: route("x-forwarded-for"), want: taken},
		{title: "gRPC's", spec: route("grpc-timeout"), want: taken},
		{title: "nearly the proxies'", spec: route("x-envoyer")},
		{title: "the caller's program", spec: route("user-agent")},
		{title: "request id as trace header", spec: trace("x-request-id")},
		{title: "pseudo header as trace header", spec: trace(":authority"), want: noTrace},
		{title: "trace header with a space", spec: trace("my id"), want: noTrace},
	})
}
