package istio

import (
	"fmt"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// verdict is what the Gateway and what others have on it say about the entry. A
// Gateway that is missing is somebody else's, too.
func (l *liveIngress) verdict(plan lane.IngressPlan, entry *networkingv1.VirtualService, aims []aimedRoute) verdict {
	there := l.on(plan.Gateway)
	if l.gateway == nil {
		missing := &lane.Problem{Reason: apiv1.ReasonGatewayNotFound, Message: fmt.Sprintf(
			"Gateway %s does not exist: apply it, or correct spec.ingress.gateway", plan.Gateway)}
		if there {
			return verdict{problem: missing}
		}
		return verdict{block: missing}
	}
	j := entryJudge{gateway: l.gateway, entry: entry, aims: aims}
	var findings []finding
	for _, theirs := range l.others {
		if f := j.judge(theirs); f != nil {
			findings = append(findings, *f)
		}
	}
	return conclude(findings, there)
}

// entryJudge says what other VirtualServices on a Gateway and a group's entry
// do to each other.
//
// On a Gateway all VirtualServices with the same host are one list of routes, of
// which the first that matches wins: those that not everybody sees, then the
// older, and routes that take everything behind all others. A request meets only
// the list of the host that is nearest to its own.
type entryJudge struct {
	gateway *networkingv1.Gateway
	// entry is ours as it is to be written, with the age of the one there is;
	// aims are its routes before they were merged with patches.
	entry *networkingv1.VirtualService
	aims  []aimedRoute
}

// judge compares one VirtualService; nil when there is nothing to say.
func (j entryJudge) judge(theirs *networkingv1.VirtualService) *finding {
	if len(theirs.Spec.Http) == 0 || !audienceOf(theirs.Spec.ExportTo, theirs.Namespace).has(j.gateway.Namespace) {
		return nil
	}
	var f *finding
	for _, server := range j.gateway.Spec.Servers {
		if !speaksHTTP(server) {
			continue
		}
		mine := served(server.Hosts, j.entry.Spec.Hosts, j.entry.Namespace)
		others := served(server.Hosts, theirs.Spec.Hosts, theirs.Namespace)
		for _, host := range mine {
			if slices.ContainsFunc(others, func(o string) bool { return strings.EqualFold(o, host) }) {
				f = worse(f, j.sameHost(theirs, host))
			} else {
				f = worse(f, j.differentHosts(host, others))
			}
		}
	}
	if f != nil {
		f.object = describe(theirs, strings.Join(theirs.Spec.Hosts, ", "))
		// Which of two groups stays out is decided by the groups (lane.EntryClash).
		if c, ours := concern(theirs); ours {
			f.object += " of group " + c.Group
			f.blocks = false
		}
	}
	return f
}

func speaksHTTP(server *networkingapi.Server) bool {
	switch strings.ToUpper(server.GetPort().GetProtocol()) {
	case "HTTP", "HTTP2", "GRPC", "GRPC-WEB":
		return true
	case "HTTPS":
		mode := server.GetTls().GetMode()
		return mode != networkingapi.ServerTLSSettings_PASSTHROUGH && mode != networkingapi.ServerTLSSettings_AUTO_PASSTHROUGH
	}
	return false
}

// sameHost compares routes of one list, a pair at a time.
func (j entryJudge) sameHost(theirs *networkingv1.VirtualService, host string) *finding {
	first := !audienceOf(theirs.Spec.ExportTo, theirs.Namespace).everybody || isOlder(theirs, j.entry)
	for _, aim := range j.aims {
		mine := j.route(aim.Name)
		if mine == nil || !slices.ContainsFunc(aim.Hosts, func(h string) bool { return lane.HostWithin(host, h) || lane.HostWithin(h, host) }) {
			continue
		}
		for k, other := range theirs.Spec.Http {
			if takesAll(mine) != takesAll(other) || !routesOverlap(mine, other, j.gateway.Namespace+"/"+j.gateway.Name) {
				continue
			}
			if first {
				return &finding{blocks: true, decides: true,
					effect: fmt.Sprintf("is on the same Gateway and comes first: its route %s takes requests that rule %s asks for", routeName(other, k), mine.Name),
					cure:   "let the matches of both exclude each other, or delete one of the two routes"}
			}
			return &finding{
				effect: fmt.Sprintf("is on the same Gateway and comes after the group's entry: its route %s misses requests that rule %s takes", routeName(other, k), mine.Name),
				cure:   "let the matches of both exclude each other, or delete one of the two routes"}
		}
	}
	return nil
}

// route is the entry's route of that name. The one before it for requests that
// are safe to repeat (withRetries) takes nothing that it would not.
func (j entryJudge) route(name string) *networkingapi.HTTPRoute {
	i := slices.IndexFunc(j.entry.Spec.Http, func(r *networkingapi.HTTPRoute) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return j.entry.Spec.Http[i]
}

// differentHosts: the host of ours may be nearer than one of theirs, whose
// routes then are not met on it any more, or the other way round. That a host
// is nearer than "*" surprises nobody.
func (j entryJudge) differentHosts(host string, others []string) *finding {
	for _, other := range others {
		switch {
		case lane.HostWithin(host, other):
			return &finding{blocks: true,
				effect: fmt.Sprintf("serves %s by its host %s, and would not while the group's entry has the nearer host", host, other),
				cure:   "add " + host + " to its hosts, or give the ingress rules its host"}
		case lane.HostWithin(other, host) && host != "*":
			return &finding{
				effect: fmt.Sprintf("has the nearer host %s: the ingress rules for %s are not met there", other, host),
				cure:   "add " + other + " to the hosts of the rules, if they are to hold there"}
		}
	}
	return nil
}

// worse is the finding that matters more; the first of two alike.
func worse(a, b *finding) *finding {
	weight := func(f *finding) int {
		switch {
		case f == nil:
			return 0
		case f.decides:
			return 3
		case f.blocks:
			return 2
		}
		return 1
	}
	if weight(b) > weight(a) {
		return b
	}
	return a
}

func routeName(r *networkingapi.HTTPRoute, index int) string {
	if r.Name != "" {
		return r.Name
	}
	return fmt.Sprintf("%d", index+1)
}
