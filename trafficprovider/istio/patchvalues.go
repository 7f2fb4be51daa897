package istio

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	networkingapi "istio.io/api/networking/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"

	"lanekeeper.io/lane"
)

// One value that Envoy's API does not take makes proxies refuse all their routes, or all their
// clusters, while the object looks well. So everything that a patch makes is walked through,
// field by field: Istio's own admission may be away.

// headerLimit is how long the name and the value of a header may be (Envoy's
// config.core.v3.HeaderValue), headersLimit how many a route may set and add together: 1000
// (config.route.v3.Route), of which Istio may take one (alt-svc, for HTTP/3).
const headerLimit, headersLimit = 16384, 999

// ofTheConnection are headers that say how a message is sent (RFC 9110, 7.6.1; RFC 9112, 6).
var ofTheConnection = []string{"content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"}

// rewrittenPath is what a path may be rewritten to.
var rewrittenPath = regexp.MustCompile(`^/(?:[^\s%\x00-\x1f]|%[0-9A-Fa-f]{2})*$`)

// badValue is the first value of a message, by its fields' names in JSON, that no proxy takes,
// and why; empty without one.
func badValue(m proto.Message) string { return badIn(m.ProtoReflect(), "") }

func badIn(m protoreflect.Message, path string) string {
	if bad := badMessage(m.Interface(), path); bad != "" {
		return bad
	}
	var fields []protoreflect.FieldDescriptor
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		fields = append(fields, f)
		return true
	})
	slices.SortFunc(fields, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number() - b.Number()) })
	for _, f := range fields {
		if bad := badField(f, m.Get(f), fieldPath(m, f, path)); bad != "" {
			return bad
		}
	}
	return ""
}

// fieldPath leaves out the field of a wrapper, which JSON does not have.
func fieldPath(m protoreflect.Message, f protoreflect.FieldDescriptor, path string) string {
	switch {
	case m.Descriptor().ParentFile().Package() == "google.protobuf":
		return path
	case path == "":
		return f.JSONName()
	}
	return path + "." + f.JSONName()
}

func badField(f protoreflect.FieldDescriptor, v protoreflect.Value, path string) (bad string) {
	switch {
	case f.IsMap():
		// The least, so that a message is always the same.
		v.Map().Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
			if next := badOne(f.MapValue(), value, path+"["+key.String()+"]"); next != "" && (bad == "" || next < bad) {
				bad = next
			}
			return true
		})
	case f.IsList():
		for i := range v.List().Len() {
			if bad = badOne(f, v.List().Get(i), path+"["+strconv.Itoa(i)+"]"); bad != "" {
				break
			}
		}
	default:
		bad = badOne(f, v, path)
	}
	return bad
}

func badOne(f protoreflect.FieldDescriptor, v protoreflect.Value, path string) string {
	negative := false
	switch f.Kind() {
	case protoreflect.MessageKind:
		return badIn(v.Message(), path)
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		negative = v.Int() < 0
	case protoreflect.Uint64Kind:
		return fmt.Sprintf("%s to %v: it cannot be written, since Istio's Go types write 64-bit numbers as texts, which its CRDs refuse; leave it out, and the proxies' default counts", path, v)
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		negative = v.Float() < 0
	default:
	}
	if negative {
		return fmt.Sprintf("%s to %v: it must not be negative", path, v)
	}
	return ""
}

// badMessage asks of a message what its fields alone do not tell.
func badMessage(m proto.Message, path string) string {
	switch m := m.(type) {
	case *durationpb.Duration: // its fields are not what a person writes
		if d := m.AsDuration(); d < 0 {
			return fmt.Sprintf("%s to %s: it must not be negative", path, d)
		}
	case *networkingapi.StringMatch:
		if _, ok := m.MatchType.(*networkingapi.StringMatch_Regex); ok {
			return bad(path+".regex", m.GetRegex(), lane.RegexProblem(m.GetRegex()))
		}
	case *networkingapi.RegexRewrite:
		if wrong := bad(path+".match", m.Match, lane.RegexProblem(m.Match)); wrong != "" {
			return wrong
		}
		return oneLine(path+".rewrite", m.Rewrite)
	case *networkingapi.HTTPRewrite:
		if m.Uri != "" && !rewrittenPath.MatchString(m.Uri) {
			return bad(path+".uri", m.Uri, "a path begins with / and has no blank, and % only before two hexadecimal digits")
		}
		if m.Authority == "" {
			return ""
		}
		return bad(path+".authority", m.Authority, authorityProblem(m.Authority))
	case *networkingapi.Headers_HeaderOperations:
		return badOperations(m, path)
	case *networkingapi.LoadBalancerSettings_ConsistentHashLB:
		return badHashKey(m, path)
	}
	return badLimit(m, path)
}

func badOperations(h *networkingapi.Headers_HeaderOperations, path string) string {
	if n := len(h.Set) + len(h.Add); n > headersLimit {
		return fmt.Sprintf("%s to %d headers that are set or added: %d are allowed", path, n, headersLimit)
	}
	for i, values := range []map[string]string{h.Set, h.Add} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			field := path + "." + []string{"set", "add"}[i] + "[" + name + "]"
			switch {
			case !lane.IsHeaderName(name) || len(name) > headerLimit:
				return bad(field, values[name], strconv.Quote(name)+" is no name of a header")
			case slices.Contains(ofTheConnection, strings.ToLower(name)):
				return bad(field, values[name], "the header is the connection's, and every request fails with another value")
			case len(values[name]) > headerLimit:
				return fmt.Sprintf("%s to a value of %d characters: %d are allowed", field, len(values[name]), headerLimit)
			}
			if wrong := bad(field, values[name], valueProblem(values[name])); wrong != "" {
				return wrong
			}
		}
	}
	for _, name := range h.Remove {
		if !lane.IsHeaderName(name) {
			return bad(path+".remove", name, "it is no name of a header")
		}
	}
	return ""
}

// authorityProblem is why a text is no host; empty when it is one, with or without a port.
func authorityProblem(authority string) string {
	host, port, ok := strings.Cut(authority, ":")
	if n, err := strconv.Atoi(port); ok && (err != nil || n < 1 || n > 65535) || len(utilvalidation.IsDNS1123Subdomain(strings.ToLower(host))) > 0 {
		return "it must be a host, with or without a port, such as shop.example.com:8080"
	}
	return ""
}

func oneLine(field, value string) string {
	if breaks(value) {
		return bad(field, value, "it must have no line break and no NUL")
	}
	return ""
}

func bad(field, value, why string) string {
	if why == "" {
		return ""
	}
	return fmt.Sprintf("%s to %s: %s", field, lane.Quote(value), why)
}
