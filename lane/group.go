package lane

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Group is a lane group with its lanes, parsed and valid. NewGroup makes one.
type Group struct {
	Name string
	Mode Mode
	// RouteHeader is the header that carries the tag.
	RouteHeader string
	// AutoUpdate: membership follows the pods and the Rollouts.
	AutoUpdate bool
	// Baseline is the name of the lane that serves everybody else.
	Baseline string
	// ServiceBaseline overrides Baseline for single Services.
	ServiceBaseline map[types.NamespacedName]string
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
	// Ingress is the group's entry; nil when the group has none.
	Ingress *Ingress
}

// Lane is one lane of a group.
type Lane struct {
	Name string
	// Selector is the set of labels that the lane's pods carry.
	Selector map[string]string
	// Services named by the lane's spec.
	Services []types.NamespacedName
	// Deleting: the lane's object is being deleted.
	Deleting bool
	// Rules are the lane's entry rules that are online.
	Rules []IngressRule
}

// Policy is what a user merges into generated objects, as JSON objects.
type Policy struct {
	Traffic []byte
	Route   []byte
}

// BaselineOf returns the baseline lane of a Service; false when the lane that
// should be it does not exist.
func (g Group) BaselineOf(service types.NamespacedName) (Lane, bool) {
	name := g.Baseline
	if own, ok := g.ServiceBaseline[service]; ok {
		name = own
	}
	return g.Lane(name)
}

// IsBaseline says whether the lane serves everybody, of all Services or of some.
func (g Group) IsBaseline(name string) bool {
	if g.Baseline == name {
		return true
	}
	for _, own := range g.ServiceBaseline {
		if own == name {
			return true
		}
	}
	return false
}

// GrayLanes returns every lane that is not the Service's baseline, sorted.
func (g Group) GrayLanes(service types.NamespacedName) []Lane {
	baseline, _ := g.BaselineOf(service)
	gray := make([]Lane, 0, len(g.Lanes))
	for _, l := range g.Lanes {
		if l.Name != baseline.Name {
			gray = append(gray, l)
		}
	}
	return gray
}

// Lane returns the lane of that name.
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

// Has says whether the Service takes part in the group.
func (g Group) Has(service types.NamespacedName) bool {
	return slices.Contains(g.Services, service)
}

// PolicyOf returns the user's patches for a Service.
func (g Group) PolicyOf(service types.NamespacedName) Policy {
	if p, ok := g.Policies[service]; ok {
		return p
	}
	return g.DefaultPolicy
}

// LabelKeys returns the label keys that the lanes of the group select by.
func (g Group) LabelKeys() []string {
	var keys []string
	for _, l := range g.Lanes {
		for k := range l.Selector {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// MissingBaseline is the problem of a group whose fallbackTarget names a lane that
// does not exist; nil when it does. Somebody may be about to create it.
func (g Group) MissingBaseline() *Problem {
	if _, ok := g.Lane(g.Baseline); ok {
		return nil
	}
	return &Problem{apiv1.ReasonBaselineMissing, fmt.Sprintf(
		"group %s waits for its baseline: lane %s (fallbackTarget) does not exist yet: apply it with the label %s: %s, or correct the field",
		g.Name, g.Baseline, apiv1.LabelSwimLaneGroup, g.Name)}
}

// missingBaselineOf is the same for one Service, which may have a baseline of its own.
func (g Group) missingBaselineOf(service types.NamespacedName) *Problem {
	own, ok := g.ServiceBaseline[service]
	if !ok {
		return g.MissingBaseline()
	}
	if _, ok := g.Lane(own); ok {
		return nil
	}
	return &Problem{apiv1.ReasonBaselineMissing, fmt.Sprintf(
		"service %s waits for its baseline: lane %s (serviceLevelFallbackTarget) does not exist yet: apply it with the label %s: %s, or correct the field",
		service, own, apiv1.LabelSwimLaneGroup, g.Name)}
}

// MissingBaselines are those of the group and of its Services, sorted by message.
func (g Group) MissingBaselines() []Problem {
	var out []Problem
	if p := g.MissingBaseline(); p != nil && g.Baseline != "" {
		out = append(out, *p)
	}
	for service := range g.ServiceBaseline {
		if p := g.missingBaselineOf(service); p != nil {
			out = append(out, *p)
		}
	}
	slices.SortFunc(out, func(a, b Problem) int { return strings.Compare(a.Message, b.Message) })
	return out
}

// NotInGroup are the Services that a lane names and its group does not.
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

// IngressServices are the Services of the group to which an ingress rule of some lane
// sends requests, one of a lane that is being deleted included; sorted.
func (g Group) IngressServices() []types.NamespacedName {
	var out []types.NamespacedName
	for _, l := range g.Lanes {
		for _, r := range l.Rules {
			if g.Has(r.Service) {
				out = append(out, r.Service)
			}
		}
	}
	slices.SortFunc(out, CompareKeys)
	return slices.Compact(out)
}
