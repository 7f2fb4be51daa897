package lane

import (
	"fmt"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Several groups may use one gateway. The older group's rules come first: the ingress
// of a younger one whose rules could take the same requests is not taken over. One that
// is there already follows its plan, and its condition tells of the clash.

// IngressClash returns why the ingress of a group gives way to an older group's; nil
// when it need not.
func IngressClash(g, older Group) *Problem {
	if !shareGateway(g, older) {
		return nil
	}
	olderRules := routedRules(older)
	for _, mine := range routedRules(g) {
		for _, other := range olderRules {
			if why := clash(mine, other); why != "" {
				return &Problem{apiv1.ReasonConflict, fmt.Sprintf(
					"ingress rule %s %s rule %s of the older group %s on Gateway %s: let their hosts or matches exclude each other, or take one of the rules out",
					mine.Name, why, other.Name, older.Name, g.Ingress.Gateway)}
			}
		}
	}
	return nil
}

// Yield returns the plan that gives way because of a clash: nothing is taken over, and
// an ingress that is there already goes on. Without a clash it returns the plan.
func (p IngressPlan) Yield(clash *Problem, takenOver bool) IngressPlan {
	if clash == nil || p.State != StateManaged {
		return p
	}
	p.Problem = clash
	if !takenOver {
		p.State = StatePending
	}
	return p
}

func shareGateway(g, older Group) bool {
	for _, x := range []Group{g, older} {
		if x.Ingress == nil || x.Ingress.Unsupported != nil {
			return false
		}
	}
	return g.Ingress.Gateway == older.Ingress.Gateway
}

// routedRules are a group's rules as they become routes: the baseline's also without
// their headers.
func routedRules(g Group) []IngressRule {
	var out []IngressRule
	for _, l := range g.Lanes {
		if l.Deleting {
			continue
		}
		for _, rule := range l.Rules {
			rule.Name = l.Name + "/" + rule.Name
			out = append(out, rule)
			if l.Name == g.Baseline && len(rule.Headers) > 0 {
				rule.Headers = nil
				out = append(out, rule)
			}
		}
	}
	return out
}

// clash is what a rule does to an older one; empty for nothing. On the same host the
// first of two routes that match gets the request. A more specific host has a list of
// routes of its own, so that the wider one's routes are not tried for it at all.
func clash(mine, older IngressRule) string {
	for _, host := range mine.Hosts {
		for _, other := range older.Hosts {
			switch {
			case strings.EqualFold(host, other) && !mine.excludes(older.RequestMatch):
				return "could take the same requests as"
			case !strings.EqualFold(host, other) && HostWithin(host, other):
				return fmt.Sprintf("has host %s, on which nobody would meet", host)
			}
		}
	}
	return ""
}
