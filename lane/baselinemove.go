package lane

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Another lane becomes the baseline of a Service when fallbackTarget (or
// serviceLevelFallbackTarget) is edited. What everybody meets moves then, so it is a move
// like any other, in order:
//
//  1. As long as no pod would be the new baseline's, everything stays as it is. Canaries of
//     releases into it are marked as outsiders: nobody approved their version.
//  2. The subsets of both lanes hold all endpoints, ranked: their own lane's first, the
//     baseline's next. Pods may change from one lane to the other without any request
//     noticing.
//  3. One settle later the routes go to the new baseline's subset, and the pods are
//     relabelled.
//  4. When its pods carry its label, the new baseline's subset holds them alone, as every
//     baseline's does; the old one's leaves, or becomes a gray lane's.
//
// Until 3 the old baseline is the Service's for everything that is decided here. Which lane
// that is the mesh's objects say (trafficprovider.Live). The ingress goes by the old one's
// rules until all Services have come to 4, and tags nobody as the baseline's meanwhile.

// moves returns the lane that is to be the Service's baseline instead of the one that is;
// false when there is none to move to or from. A lane of the same labels has the same pods:
// that is a rename, in which nothing moves.
func (g Group) moves(service types.NamespacedName, serving string) (Lane, bool) {
	to, ok := g.BaselineOf(service)
	from, serves := g.Lane(serving)
	return to, ok && serves && from.Name != to.Name && disjoint(from.Selector, to.Selector)
}

// WithServing returns the group with the lane that is a Service's baseline in the mesh, by the
// labels that the mesh knows, if its object was deleted before the group named another one:
// the move begins where everybody's requests are.
func (g Group) WithServing(service types.NamespacedName, laneName string, labels map[string]string) Group {
	to, ok := g.BaselineOf(service)
	if _, there := g.Lane(laneName); there || !ok || laneName == "" || !disjoint(labels, to.Selector) {
		return g
	}
	g.Lanes = append(slices.Clip(g.Lanes), Lane{Name: laneName, Selector: labels})
	slices.SortFunc(g.Lanes, func(a, b Lane) int { return strings.Compare(a.Name, b.Name) })
	return g
}

// Serving returns the group as it holds for a Service whose baseline in the mesh is that
// lane, which may be one that the group's spec has replaced.
func (g Group) Serving(service types.NamespacedName, laneName string) Group {
	if _, moves := g.moves(service, laneName); moves {
		return g.withBaseline(service, laneName)
	}
	return g
}

// withBaseline returns the group as if the lane were the Service's baseline.
func (g Group) withBaseline(service types.NamespacedName, laneName string) Group {
	own := maps.Clone(g.ServiceBaseline)
	if own == nil {
		own = map[types.NamespacedName]string{}
	}
	own[service] = laneName
	g.ServiceBaseline = own
	return g
}

// begin begins the move to another baseline, or says in the plan why it has to wait.
func (p *Plan) begin(s Snapshot, to Lane, verdicts, then []Verdict) {
	s.keepOut(to, then)
	m, problem := s.next(to, then)
	if problem == nil {
		problem = s.loses(then)
	}
	switch {
	case problem != nil && p.Problem == nil:
		p.Problem = problem
	case problem == nil && s.keepOut(to, verdicts):
		p.Next = &m
	}
}

// keepOut gives the canaries of releases into the lane that is to be the baseline the
// verdict that they have when it is, and reports whether all of them are labelled so.
func (s Snapshot) keepOut(to Lane, verdicts []Verdict) bool {
	all := true
	for i, p := range s.Pods {
		if !p.Owner.Canary || verdicts[i].Lane != to.Name {
			continue
		}
		verdicts[i] = noLane(KindOutside, apiv1.ReasonLaneUnknown, fmt.Sprintf(
			"its version is released into lane %s, which is to be the baseline: release it into another lane", to.Name))
		verdicts[i].Change = outsideLabels(s.Group.withBaseline(s.Service.Key, to.Name), s.Service.Key, p.Owner.Locked, p.Labels)
		all = all && (p.Terminating || verdicts[i].Change.Empty())
	}
	return all
}

// next returns the lane that is to be the baseline, with the pods that would be its own,
// and why the move has to wait; nil when it can begin.
func (s Snapshot) next(to Lane, verdicts []Verdict) (Member, *Problem) {
	m := member(s, to, verdicts, Reason{ReasonNamed, "lane " + to.Name + " is to be the Service's baseline"})
	if m.Ready > 0 {
		return m, nil
	}
	return m, &Problem{apiv1.ReasonNoBaselinePod, fmt.Sprintf(
		"no ready pod of the Service has the label %s of lane %s, its new baseline, so untagged requests still go to lane %s: wait until such a pod is ready, or set the fallback target back to %s",
		Change{Set: to.Selector}, to.Name, s.Serving, s.Serving)}
}

// otherLabels is the problem of a baseline whose labels are others than the mesh has for it, and
// that some of its pods lack; nil without one. One subset cannot hold both, so that this is no move
// that could be made in order: it comes of a lane that was deleted and applied with another
// labelSelector, or whose successor asks for more.
func (s Snapshot) otherLabels() *Problem {
	baseline, ok := s.Group.BaselineOf(s.Service.Key)
	if !ok || s.Withdrawing || s.Group.WithoutBaseline() || len(s.ServingLabels) == 0 || maps.Equal(s.ServingLabels, baseline.Selector) {
		return nil
	}
	var lacking []string
	for _, p := range s.Pods {
		if p.Ready && !p.Terminating && Selects(s.ServingLabels, p.Labels) && !Selects(baseline.Selector, p.Labels) {
			lacking = append(lacking, p.Name)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return &Problem{apiv1.ReasonInvalid, fmt.Sprintf(
		"everybody's requests meet the pods with the labels %s, and lane %s, the baseline, has the labels %s, which %d of them (e.g. %s) lack: "+
			"apply the lane with its old labelSelector, or give the new labels to a lane of another name, none of whose pods the old one has, and let fallbackTarget name that",
		Change{Set: s.ServingLabels}, baseline.Name, Change{Set: baseline.Selector}, len(lacking), slices.Min(lacking))}
}

// labelled reports whether the lane has ready pods, and each of them carries the labels of
// its verdict.
func labelled(s Snapshot, laneName string, verdicts []Verdict) bool {
	ready := 0
	for i, p := range s.Pods {
		if !p.Ready || p.Terminating || verdicts[i].Lane != laneName {
			continue
		}
		if !verdicts[i].Change.Empty() {
			return false
		}
		ready++
	}
	return ready > 0
}
