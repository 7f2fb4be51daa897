package lane

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Group is a lane group with its lanes, parsed and valid. NewGroup makes one.
type Group struct {
	Name string
	Mode Mode
	// Tag is by what a request carries its lane's tag.
	Tag
	// AutoUpdate makes membership follow the pods and the Rollouts.
	AutoUpdate bool
	// Baseline is the name of the lane that serves what no gray lane does.
	Baseline string
	// ServiceBaseline overrides Baseline for single Services.
	ServiceBaseline map[types.NamespacedName]string
	// Elsewhere are the groups of lanes that are named as a baseline and are of another
	// group, by the lane (LanesElsewhere).
	Elsewhere map[string]string
	// Services take part in the group; sorted.
	Services []types.NamespacedName
	// Lanes of the group, the baseline included; sorted by name.
	Lanes []Lane
	// Rejected are lanes that are left out, by name.
	Rejected map[string]Rejection
	// Policies are the user's patches for one Service, defaults merged in.
	Policies map[types.NamespacedName]Policy
	// DefaultPolicy holds for Services that have none of their own.
	DefaultPolicy Policy
	// Ingress is where the group's requests come in; nil when the group has none.
	Ingress *Ingress
	// StripTags takes the tag off requests that come in elsewhere by its Gateway.
	StripTags bool
	// Namespaces are those in which the group's traffic objects are.
	Namespaces Namespaces
}

// Lane is one lane of a group.
type Lane struct {
	Name string
	// Selector is the set of labels that the lane's pods carry.
	Selector map[string]string
	// Services named by the lane's spec.
	Services []types.NamespacedName
	// Deleting is set while the lane's object is being deleted.
	Deleting bool
	// Rules are the lane's ingress rules that are online; none in a group that goes by weight.
	Rules []IngressRule
	// Share is where the lane's share of the requests goes, in a group that goes by weight;
	// nil when it has none. Weight is how large it is.
	Share  *IngressRule
	Weight int32
}

// Lane returns the lane of that name; false when the group has none.
func (g Group) Lane(name string) (Lane, bool) {
	i := slices.IndexFunc(g.Lanes, func(l Lane) bool { return l.Name == name })
	if i < 0 {
		return Lane{}, false
	}
	return g.Lanes[i], true
}

func (g Group) laneNames() []string {
	out := make([]string, len(g.Lanes))
	for i, l := range g.Lanes {
		out[i] = l.Name
	}
	return out
}

// Has reports whether the Service takes part in the group.
func (g Group) Has(service types.NamespacedName) bool {
	return slices.Contains(g.Services, service)
}

// LabelKeys returns the label keys that the lanes of the group select by, sorted.
func (g Group) LabelKeys() []string {
	keys := make([]string, 0, len(g.Lanes)) // most have one, and every pod asks
	for _, l := range g.Lanes {
		for k := range l.Selector {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// NotInGroup returns a problem for each Service that a lane names and its group does
// not.
func (g Group) NotInGroup(laneName string) []Problem {
	var out []Problem
	l, _ := g.Lane(laneName)
	for _, service := range l.Services {
		if !g.Has(service) {
			out = append(out, Problem{apiv1.ReasonServiceNotInGroup, fmt.Sprintf(
				"lane %s names service %s, which is not in spec.services of group %s: add it there, or take it out of the lane", l.Name, service, g.Name)})
		}
	}
	return out
}

// Entering are what a lane says of requests at the gateway: its rules, or its share.
func (l Lane) Entering() []IngressRule {
	if l.Share != nil {
		return []IngressRule{*l.Share}
	}
	return l.Rules
}

// rules are the ingress rules of all lanes, or the group's own where it goes by weight.
func (g Group) rules() []IngressRule {
	if g.Ingress != nil && g.Ingress.Weighted != nil {
		return g.Ingress.Weighted
	}
	var out []IngressRule
	for _, l := range g.Lanes {
		out = append(out, l.Rules...)
	}
	return out
}

// IngressHosts returns the hosts of all ingress rules, sorted.
func (g Group) IngressHosts() []string {
	var out []string
	for _, r := range g.rules() {
		out = append(out, r.Hosts...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// IngressServices returns the Services of the group to which an ingress rule or the share
// of some lane sends requests, one of a lane that is being deleted included; sorted.
func (g Group) IngressServices() []types.NamespacedName {
	var out []types.NamespacedName
	for _, l := range g.Lanes {
		for _, r := range l.Entering() {
			if g.Has(r.Service) {
				out = append(out, r.Service)
			}
		}
	}
	slices.SortFunc(out, CompareKeys)
	return slices.Compact(out)
}
