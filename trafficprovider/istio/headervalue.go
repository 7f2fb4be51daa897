package istio

import (
	"fmt"
	"regexp"
	"strings"
)

// Envoy reads % in the value of a header that it sets as a command, and refuses all of its
// routes for one that it does not know; Istio's own check lets any name pass
// (ValidateHTTPHeaderValue).

// bareCommands stand alone. They are of Envoy's substitution formatter (docs,
// observability/access_log/usage, command operators), and are tried against Envoy 1.40; later
// inventions are left out, since proxies may be older.
const bareCommands = `DOWNSTREAM_(?:DIRECT_)?REMOTE_(?:ADDRESS|ADDRESS_WITHOUT_PORT|PORT)|` +
	`DOWNSTREAM_LOCAL_(?:ADDRESS|ADDRESS_WITHOUT_PORT|PORT|URI_SAN|SUBJECT)|` +
	`DOWNSTREAM_PEER_(?:URI_SAN|SUBJECT|ISSUER|FINGERPRINT_256|FINGERPRINT_1|SERIAL|CERT|CERT_V_START|CERT_V_END)|` +
	`DOWNSTREAM_TLS_(?:VERSION|CIPHER|SESSION_ID)|` +
	`UPSTREAM_REMOTE_ADDRESS(?:_WITHOUT_PORT)?|UPSTREAM_REMOTE_PORT|UPSTREAM_LOCAL_ADDRESS(?:_WITHOUT_PORT)?|UPSTREAM_LOCAL_PORT|` +
	`UPSTREAM_HOST|UPSTREAM_CLUSTER|UPSTREAM_REQUEST_ATTEMPT_COUNT|UPSTREAM_TRANSPORT_FAILURE_REASON|` +
	`RESPONSE_CODE|RESPONSE_CODE_DETAILS|RESPONSE_FLAGS|CONNECTION_TERMINATION_DETAILS|GRPC_STATUS|` +
	`START_TIME|DURATION|REQUEST_DURATION|RESPONSE_DURATION|RESPONSE_TX_DURATION|BYTES_RECEIVED|BYTES_SENT|` +
	`PROTOCOL|HOSTNAME|REQUESTED_SERVER_NAME|VIRTUAL_CLUSTER_NAME|ROUTE_NAME|CONNECTION_ID|STREAM_ID|TRACE_ID`

// argCommands need what they are about. Of a header's name Envoy takes one alternative, and a
// format of the time must make no line break (%n). A length cuts the text off.
const argCommands = `(?:REQ|RESP|TRAILER)\(:?[-!#$&'*+.^_|~0-9A-Za-z]+(?:\?:?[-!#$&'*+.^_|~0-9A-Za-z]+)?\)(?::[0-9]{1,9})?|` +
	`(?:DYNAMIC_METADATA|ENVIRONMENT)\([^()%]+\)(?::[0-9]{1,9})?|` +
	`(?:UPSTREAM|CLUSTER)_METADATA\([^()%]+\)|` +
	`FILTER_STATE\([^():%]+(?::PLAIN|:TYPED)?\)(?::[0-9]{1,9})?|` +
	`START_TIME\((?:[^()%]|%[1-9]?[A-Za-mo-z])+\)`

// command is one at the beginning of a text; %% is a percent sign.
var command = regexp.MustCompile(`^%(?:%|(?:` + bareCommands + `|` + argCommands + `)%)`)

// named is what looks like a command there.
var named = regexp.MustCompile(`^%[A-Z][A-Z0-9_]*(?:\([^)]*\))?(?::[^% ]*)?%`)

// valueProblem is why no proxy takes a header's value; empty when they do.
func valueProblem(value string) string {
	if breaks(value) {
		return "a header has no line break and no NUL"
	}
	for rest := value; ; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			return ""
		}
		rest = rest[i:]
		if known := command.FindString(rest); known != "" {
			rest = rest[len(known):]
			continue
		}
		if unknown := named.FindString(rest); unknown != "" {
			return fmt.Sprintf("%s is not known to be a command that Envoy understands: take one such as %%REQ(x-user)%%, %%ROUTE_NAME%% or %%DOWNSTREAM_REMOTE_ADDRESS%%, or write %%%% for a percent sign", unknown)
		}
		return "Envoy reads % as the beginning of a command: write %% for a percent sign"
	}
}

// breaks reports whether a text ends a line of HTTP/1.1, which Envoy's API refuses
// (well_known_regex HTTP_HEADER_VALUE).
func breaks(text string) bool { return strings.ContainsAny(text, "\r\n\x00") }
