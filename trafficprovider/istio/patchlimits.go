package istio

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingapi "istio.io/api/networking/v1"
)

// secondsLimit is where Envoy stops to count, in nanoseconds of 64 bits.
const secondsLimit = 9223372036

// sniLimit is how many bytes the name of a server may have in TLS (UpstreamTlsContext).
const sniLimit = 255

// badLimit is about values that fit their fields, and are none that Envoy takes there: the
// rules of its API (protoc-gen-validate), as far as Istio hands the values on as they are.
func badLimit(m proto.Message, path string) string {
	switch m := m.(type) {
	case *durationpb.Duration:
		if m.Seconds >= secondsLimit {
			return fmt.Sprintf("%s to %ds: proxies count to 292 years", path, m.Seconds)
		}
	case *networkingapi.HTTPRetry:
		return tooShort(path+".backoff", m.Backoff)
	case *networkingapi.ConnectionPoolSettings_TCPSettings:
		return tooShort(path+".connectTimeout", m.ConnectTimeout)
	case *networkingapi.HTTPFaultInjection_Delay:
		return tooShort(path+".fixedDelay", m.GetFixedDelay())
	case *networkingapi.HTTPFaultInjection_Abort:
		return badStatus(m, path)
	case *networkingapi.ConnectionPoolSettings_HTTPSettings_ConnectionKeepalive:
		return badKeepalive(m, path)
	case *networkingapi.WarmupConfiguration:
		return badPercent(path+".minimumPercent", m.MinimumPercent)
	case *networkingapi.TrafficPolicy_RetryBudget:
		return badPercent(path+".percent", m.Percent)
	case *networkingapi.TrafficPolicy_TunnelSettings: // a format, to Envoy
		return bad(path+".targetHost", m.TargetHost, valueProblem(m.TargetHost))
	case *networkingapi.ClientTLSSettings:
		if len(m.Sni) > sniLimit || strings.ContainsRune(m.Sni, 0) {
			return bad(path+".sni", m.Sni, fmt.Sprintf("the name of a server has at most %d bytes, and no NUL", sniLimit))
		}
	case *networkingapi.CorsPolicy:
		return badOrigin(m.AllowOrigins, path+".allowOrigins")
	}
	return ""
}

// tooShort is about a duration that may be left out, and is not 0. Envoy wants more than that,
// or a millisecond, as Istio always does (ValidateDuration).
func tooShort(field string, d *durationpb.Duration) string {
	if d == nil || d.AsDuration() >= time.Millisecond {
		return ""
	}
	return fmt.Sprintf("%s to %v: it must be 1ms or more", field, d.AsDuration())
}

// badKeepalive asks for both: Envoy wants the time-out, and Istio the interval, too.
func badKeepalive(k *networkingapi.ConnectionPoolSettings_HTTPSettings_ConnectionKeepalive, path string) string {
	if k.Interval == nil || k.Timeout == nil {
		return path + " without an interval and a timeout: set both"
	}
	if wrong := tooShort(path+".interval", k.Interval); wrong != "" {
		return wrong
	}
	return tooShort(path+".timeout", k.Timeout)
}

func badStatus(abort *networkingapi.HTTPFaultInjection_Abort, path string) string {
	status, ok := abort.ErrorType.(*networkingapi.HTTPFaultInjection_Abort_HttpStatus)
	if !ok || status.HttpStatus >= 200 && status.HttpStatus < 600 {
		return ""
	}
	return fmt.Sprintf("%s.httpStatus to %d: an answer has a status from 200 to 599", path, status.HttpStatus)
}

func badPercent(field string, percent *wrapperspb.DoubleValue) string {
	if percent == nil || percent.Value >= 0 && percent.Value <= 100 {
		return ""
	}
	return fmt.Sprintf("%s to %v: it must be from 0 to 100", field, percent.Value)
}

// badOrigin leaves expressions to StringMatch.
func badOrigin(origins []*networkingapi.StringMatch, path string) string {
	for i, o := range origins {
		if _, ok := o.GetMatchType().(*networkingapi.StringMatch_Regex); !ok && o.GetExact() == "" && o.GetPrefix() == "" {
			return bad(path+"["+strconv.Itoa(i)+"]", "", "it must have a text; for any origin write regex: .*")
		}
	}
	return ""
}
