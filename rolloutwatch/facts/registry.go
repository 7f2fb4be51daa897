package facts

import (
	"cmp"
	"slices"
	"strings"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// Registry is all groups and lanes, parsed. It does not change once made.
type Registry struct {
	groups map[string]*Group
	// claims are the groups that name a Service, the oldest first, and of two as old the
	// first by name. The first one that is not being deleted has the Service.
	claims map[types.NamespacedName][]*Group
	// gateways are the groups whose ingress is on a gateway, in the same order.
	gateways map[types.NamespacedName][]*Group
	// lanes are the names of the lanes whose label names a group, sorted.
	lanes map[string][]string
	// baselines are the names of the groups that name a lane as a baseline, by the lane.
	baselines map[string][]string
	// namespaces have the Services that some group names, sorted.
	namespaces map[string][]types.NamespacedName
	// labelKeys are the label keys that some lane selects by.
	labelKeys map[string]bool
}

// Group is a group as the Registry has it.
type Group struct {
	lane.Group
	Created  metav1.Time
	Deleting bool
	// Problem is why the group is unusable as a whole; nil when it is not.
	Problem *lane.Problem

	version uint64
}

// Gateway returns the gateway that the group's ingress is on; the zero value when it has
// none.
func (g *Group) Gateway() types.NamespacedName {
	if g.Ingress == nil {
		return types.NamespacedName{}
	}
	return g.Ingress.Gateway
}

// Group returns a group; nil when there is none of that name, or no Registry.
func (r *Registry) Group(name string) *Group {
	if r == nil {
		return nil
	}
	return r.groups[name]
}

// LanesOf returns the lanes whose label names the group, whether or not it exists;
// sorted.
func (r *Registry) LanesOf(group string) []string { return r.lanes[group] }

// WithBaseline returns the groups that name a lane as a baseline, be it another group's.
func (r *Registry) WithBaseline(laneName string) []string { return slices.Clip(r.baselines[laneName]) }

// Owner returns the group that has a Service: the oldest one that names it and is not
// being deleted; nil without one.
func (r *Registry) Owner(service types.NamespacedName) *Group {
	for _, g := range r.claims[service] {
		if !g.Deleting {
			return g
		}
	}
	return nil
}

// Members returns the Service as a member of every group that names it.
func (r *Registry) Members(service types.NamespacedName) []lane.GroupService {
	var out []lane.GroupService
	for _, g := range r.claims[service] {
		out = append(out, lane.GroupService{Group: g.Name, Service: service})
	}
	return out
}

// MembersIn returns the members of all groups in a namespace.
func (r *Registry) MembersIn(namespace string) []lane.GroupService {
	var out []lane.GroupService
	for _, service := range r.namespaces[namespace] {
		out = append(out, r.Members(service)...)
	}
	return out
}

// CalledFrom returns the Services of the groups that have one in a namespace, "*" for any: its
// clients may call any of them.
func (r *Registry) CalledFrom(namespace string) []types.NamespacedName {
	if namespace == "*" {
		return r.Matching(func(types.NamespacedName) bool { return true })
	}
	var out []types.NamespacedName
	seen := map[string]bool{}
	for _, member := range r.MembersIn(namespace) {
		if !seen[member.Group] {
			seen[member.Group] = true
			out = append(out, r.groups[member.Group].Services...)
		}
	}
	return out
}

// Matching returns the Services that some group names and that match.
func (r *Registry) Matching(matches func(types.NamespacedName) bool) []types.NamespacedName {
	var out []types.NamespacedName
	for service := range r.claims {
		if matches(service) {
			out = append(out, service)
		}
	}
	return out
}

// IngressClashes are the rules of a group's ingress that give way to those of older groups on the
// same gateway; none when none need. An older group that is unusable may never get an ingress: it
// counts only if it has one, as entered says.
func (r *Registry) IngressClashes(g *Group, entered func(*Group) (bool, error)) ([]lane.LeftOut, error) {
	var out []lane.LeftOut
	for _, older := range r.gateways[g.Gateway()] {
		if older == g {
			break
		}
		if older.Deleting {
			continue
		}
		clashes := lane.IngressClashes(g.Group, older.Group)
		if len(clashes) == 0 {
			continue
		}
		has, err := true, error(nil)
		if older.Problem != nil {
			has, err = entered(older)
		}
		switch {
		case err != nil:
			return nil, err
		case has:
			out = append(out, clashes...)
		}
	}
	return out, nil
}

// OnGateways returns the groups whose ingress is on one of the gateways, sorted.
func (r *Registry) OnGateways(gateways ...types.NamespacedName) []string {
	var out []string
	for _, gateway := range gateways {
		for _, g := range r.gateways[gateway] {
			out = append(out, g.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (r *Registry) hasServicesIn(namespace string) bool { return len(r.namespaces[namespace]) > 0 }

// namesLane reports whether a Rollout names the lane that it releases into.
func (r *Registry) namesLane(rollout *kruisev1beta1.Rollout) bool {
	target := targetOf(rollout)
	for key := range target.PodLabels {
		if r.labelKeys[key] {
			return true
		}
	}
	return target.Annotation != ""
}

// oldestFirst are those of the Services that a group has: the oldest group's first, and
// else in their order. The first one decides about a pod that all of them select.
func (r *Registry) oldestFirst(services []types.NamespacedName) []types.NamespacedName {
	services = slices.DeleteFunc(services, func(s types.NamespacedName) bool { return r.Owner(s) == nil })
	slices.SortStableFunc(services, func(a, b types.NamespacedName) int { return olderFirst(r.Owner(a), r.Owner(b)) })
	return services
}

// sorted are all groups by name.
func (r *Registry) sorted() []*Group {
	out := make([]*Group, 0, len(r.groups))
	for _, g := range r.groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *Group) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func olderFirst(a, b *Group) int {
	return byAge(a.Created, a.Name, b.Created, b.Name)
}

// byAge orders groups, of which the older one has what several want.
func byAge(born metav1.Time, name string, otherBorn metav1.Time, otherName string) int {
	return cmp.Or(born.Compare(otherBorn.Time), strings.Compare(name, otherName))
}
