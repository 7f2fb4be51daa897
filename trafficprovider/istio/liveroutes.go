package istio

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// Routes reads back what ingressRoutes wrote: an earlier version of a rule may have to stay.
func (l *liveIngress) Routes() map[string]lane.LiveRoute {
	out := map[string]lane.LiveRoute{}
	for _, vs := range l.ours {
		for _, r := range vs.Spec.Http {
			if len(r.Route) == 0 {
				continue
			}
			d := r.Route[0].GetDestination() // those of one rule go to one Service
			live := lane.LiveRoute{Port: int32(d.GetPort().GetNumber()), Buckets: readBuckets(r, vs.Annotations[apiv1.AnnotationBaseline])}
			live.Service, live.Readable = hostname.Service(d.GetHost())
			if live.Readable {
				live.RequestMatch, live.Readable = readMatch(r.Match, vs.Spec.Hosts)
			}
			out[r.Name] = live
		}
	}
	return out
}

// readMatch is the opposite of matchesOf; false for anything that it does not make. A route
// that asks for no host is for those of its VirtualService.
func readMatch(matches []*networkingapi.HTTPMatchRequest, hosts []string) (lane.RequestMatch, bool) {
	out := lane.RequestMatch{Hosts: slices.Clone(hosts)}
	if len(matches) == 0 {
		return out, true
	}
	out.URI, out.Method = readString(matches[0].GetUri()), readString(matches[0].GetMethod())
	headers := maps.Clone(matches[0].GetHeaders())
	if out.Cookie = readCookie(headers[cookieHeader]); out.Cookie != nil {
		delete(headers, cookieHeader)
	}
	out.Headers, out.Query = readStrings(headers), readStrings(matches[0].GetQueryParams())
	alike := matches[0].GetAuthority() == nil
	if !alike {
		out.Hosts = nil
		for _, m := range matches {
			out.Hosts = append(out.Hosts, hostOf(m.GetAuthority().GetRegex()))
		}
	}
	return out, sameList(matches, matchesOf(out, alike))
}

func readStrings(all map[string]*networkingapi.StringMatch) map[string]lane.Match {
	var out map[string]lane.Match
	for name, m := range all {
		if match := readString(m); match != nil {
			if out == nil {
				out = map[string]lane.Match{}
			}
			out[name] = *match
		}
	}
	return out
}

func readString(m *networkingapi.StringMatch) *lane.Match {
	switch t := m.GetMatchType().(type) {
	case *networkingapi.StringMatch_Exact:
		return &lane.Match{Kind: lane.MatchExact, Value: t.Exact}
	case *networkingapi.StringMatch_Prefix:
		return &lane.Match{Kind: lane.MatchPrefix, Value: t.Prefix}
	case *networkingapi.StringMatch_Regex:
		return &lane.Match{Kind: lane.MatchRegex, Value: t.Regex}
	}
	return nil
}

// quoted is a character that regexp.QuoteMeta has quoted.
var quoted = regexp.MustCompile(`\\(.)`)

// hostOf is the opposite of authority.
func hostOf(expression string) string {
	host := strings.TrimSuffix(strings.TrimPrefix(expression, `(?i)`), `(:[0-9]+)?`)
	if rest, ok := strings.CutPrefix(host, `.+\.`); ok {
		host = "*." + rest
	}
	return unquoted(host)
}

func unquoted(expression string) string { return quoted.ReplaceAllString(expression, "$1") }
