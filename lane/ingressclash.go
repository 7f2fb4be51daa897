package lane

import (
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Several groups may use one gateway. The older group's rules come first: the ingress
// of a younger one whose rules could take the same requests is not taken over. One that
// is there already goes on, but for edits that clash: those rules stay as they were.

// IngressClashes are the rules of a group that give way to an older group's, and why, each
// once; none when none need.
func IngressClashes(g, older Group) []LeftOut {
	if !shareGateway(g, older) {
		return nil
	}
	var out []LeftOut
	olderRules := routedRules(older)
	for _, mine := range routedRules(g) {
		if slices.ContainsFunc(out, LeftOut{Lane: mine.lane, Rule: mine.Name}.Same) {
			continue
		}
		for _, other := range olderRules {
			if why := clash(mine.IngressRule, other.IngressRule); why != "" {
				out = append(out, LeftOut{Lane: mine.lane, Rule: mine.Name, Problem: Problem{apiv1.ReasonConflict, fmt.Sprintf(
					"it %s %s of the older group %s on Gateway %s: let their hosts or matches exclude each other, or take one of the rules out",
					why, RuleTitle(other.lane, other.Name), older.Name, g.Ingress.Gateway)}})
				break
			}
		}
	}
	return out
}

// Yield returns the plan that gives way because of clashes: nothing is taken over, and of
// an ingress that is there already those rules stay as they are live; where none of them is, it
// goes. Without a clash it returns the plan.
func (p IngressPlan) Yield(clashes []LeftOut, takenOver bool, live map[string]LiveRoute) IngressPlan {
	if len(clashes) == 0 || p.State != StateManaged {
		return p
	}
	if !takenOver {
		p.State, p.Problem = StatePending, &Problem{clashes[0].Reason, clashes[0].String()}
		return p
	}
	for _, c := range clashes {
		// What somebody edited by hand is put right, rather than given up.
		if is, ok := live[routeName(c.Lane, c.Rule)]; !ok || is.Readable {
			p = p.LeaveOut(c, live)
		}
	}
	p.Problem = &Problem{clashes[0].Reason, clashes[0].String()}
	if len(p.Routes) == 0 { // what is there is of rules that are gone
		p.State = StateWithdrawn
	}
	return p
}

func shareGateway(g, older Group) bool {
	for _, x := range []Group{g, older} {
		if x.Ingress == nil {
			return false
		}
	}
	return g.Ingress.Gateway == older.Ingress.Gateway
}

// ruleOf is a rule and the lane that it is of; of none where it is the group's own.
type ruleOf struct {
	lane string
	IngressRule
}

// routedRules are a group's rules as they become routes: the baseline's also for everybody
// else. One that no proxy takes asks for nothing.
func routedRules(g Group) []ruleOf {
	var out []ruleOf
	if _, _, shared := g.shares(g.Baseline); shared {
		for _, rule := range g.Ingress.Weighted {
			if rule.Problem == nil {
				out = append(out, ruleOf{"", rule})
			}
		}
		return out
	}
	for _, l := range g.Lanes {
		for _, rule := range l.Rules {
			if l.Deleting || rule.Problem != nil {
				continue
			}
			out = append(out, ruleOf{l.Name, rule})
			if l.Name == g.Baseline && rule.ofSomebody() {
				rule.RequestMatch = rule.ofAnybody()
				out = append(out, ruleOf{l.Name, rule})
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
