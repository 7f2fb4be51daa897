package facts

import (
	"cmp"
	"slices"
	"strings"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Registry is what all groups and lanes say, parsed. It does not change once made.
type Registry struct {
	groups map[string]*Group
	// claims are the groups that name a Service. The first one's word counts:
	// the oldest group's, and of two as old that of the first name.
	claims map[types.NamespacedName][]*Group
	// gateways are the groups whose ingress is on a gateway, in the same order.
	gateways map[types.NamespacedName][]*Group
	// lanes are the names of the lanes that say they belong to a group, sorted.
	lanes map[string][]string
	// namespaces have the Services that some group names, sorted.
	namespaces map[string][]types.NamespacedName
	// labelKeys are those that some lane selects by.
	labelKeys map[string]bool
}

// Group is a group as the Registry has it.
type Group struct {
	lane.Group
	Created  metav1.Time
	Deleting bool
	// Problem is why the group is unusable as a whole.
	Problem *lane.Problem

	version uint64
}

// Gateway that the group's ingress is on; of no name when it has none.
func (g *Group) Gateway() types.NamespacedName {
	if g.Ingress == nil {
		return types.NamespacedName{}
	}
	return g.Ingress.Gateway
}

// Group returns a group; nil when there is none of that name.
func (r *Registry) Group(name string) *Group { return r.groups[name] }

// LanesOf returns the lanes that say they belong to the group, whether or not it
// exists; sorted.
func (r *Registry) LanesOf(group string) []string { return r.lanes[group] }

// Owner is the group whose word counts for a Service; nil when no group that stays
// names it.
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

// IngressClash is why a group's ingress gives way to one of an older group on the
// same gateway; nil when it need not.
func (r *Registry) IngressClash(g *Group) *lane.Problem {
	for _, older := range r.gateways[g.Gateway()] {
		if older == g {
			return nil
		}
		if older.Deleting {
			continue
		}
		if clash := lane.IngressClash(g.Group, older.Group); clash != nil {
			return clash
		}
	}
	return nil
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

// speaksOfLane reports whether a Rollout says which lane it releases into.
func (r *Registry) speaksOfLane(rollout *kruisev1beta1.Rollout) bool {
	target := targetOf(rollout)
	for key := range target.PodLabels {
		if r.labelKeys[key] {
			return true
		}
	}
	return target.Annotation != ""
}

// oldestFirst are those of the Services that a group has, in the order in which
// they say what a pod is that all of them select: the oldest group's first, and
// else as they were.
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
	return cmp.Or(a.Created.Compare(b.Created.Time), strings.Compare(a.Name, b.Name))
}

// newRegistry parses all groups and lanes. Groups of the same version are taken over
// from the last registry.
func newRegistry(groups []apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane, versions map[string]uint64, last *Registry) *Registry {
	r := &Registry{
		groups: make(map[string]*Group, len(groups)),
		claims: map[types.NamespacedName][]*Group{}, gateways: map[types.NamespacedName][]*Group{},
		lanes: map[string][]string{}, namespaces: map[string][]types.NamespacedName{}, labelKeys: map[string]bool{},
	}
	members := map[string][]apiv1.ASMSwimLane{}
	for i := range lanes {
		group := lanes[i].Labels[apiv1.LabelSwimLaneGroup]
		members[group] = append(members[group], lanes[i])
		r.lanes[group] = append(r.lanes[group], lanes[i].Name)
	}
	for i := range groups {
		name := groups[i].Name
		if last != nil && last.groups[name] != nil && last.groups[name].version == versions[name] {
			r.groups[name] = last.groups[name]
			continue
		}
		g := &Group{version: versions[name], Created: groups[i].CreationTimestamp, Deleting: Deleting(&groups[i])}
		g.Group, g.Problem = lane.NewGroup(&groups[i], members[name])
		r.groups[name] = g
	}
	r.index()
	return r
}

// index fills what is looked up.
func (r *Registry) index() {
	for _, g := range r.groups {
		for _, service := range g.Services {
			r.claims[service] = append(r.claims[service], g)
		}
		if gateway := g.Gateway(); gateway.Name != "" {
			r.gateways[gateway] = append(r.gateways[gateway], g)
		}
		for _, key := range g.LabelKeys() {
			r.labelKeys[key] = true
		}
	}
	for service := range r.claims {
		slices.SortFunc(r.claims[service], olderFirst)
		r.namespaces[service.Namespace] = append(r.namespaces[service.Namespace], service)
	}
	for _, groups := range r.gateways {
		slices.SortFunc(groups, olderFirst)
	}
	for namespace := range r.namespaces {
		slices.SortFunc(r.namespaces[namespace], lane.CompareKeys)
	}
	for group := range r.lanes {
		slices.Sort(r.lanes[group])
	}
}
