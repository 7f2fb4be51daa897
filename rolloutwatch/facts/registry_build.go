package facts

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// newRegistry parses all groups and lanes. Groups of the same version are taken over
// from the last registry.
func newRegistry(groups []apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane, versions map[string]uint64, last *Registry) *Registry {
	r := &Registry{
		groups: make(map[string]*Group, len(groups)),
		claims: map[types.NamespacedName][]*Group{}, gateways: map[types.NamespacedName][]*Group{}, baselines: map[string][]string{},
		lanes: map[string][]string{}, namespaces: map[string][]types.NamespacedName{}, labelKeys: map[string]bool{},
	}
	members, groupOf := map[string][]apiv1.ASMSwimLane{}, map[string]string{}
	for i := range lanes {
		group := lanes[i].Labels[apiv1.LabelSwimLaneGroup]
		groupOf[lanes[i].Name] = group
		members[group] = append(members[group], lanes[i])
		r.lanes[group] = append(r.lanes[group], lanes[i].Name)
	}
	elsewhere := func(g lane.Group) map[string]string {
		return g.LanesElsewhere(func(name string) string { return groupOf[name] })
	}
	for i := range groups {
		name := groups[i].Name
		if g := last.Group(name); g != nil && g.version == versions[name] && maps.Equal(g.Elsewhere, elsewhere(g.Group)) {
			r.groups[name] = g
			continue
		}
		g := &Group{version: versions[name], Created: groups[i].CreationTimestamp, Deleting: Deleting(&groups[i])}
		g.Group, g.Problem = lane.NewGroup(&groups[i], members[name])
		g.Elsewhere = elsewhere(g.Group)
		r.groups[name] = g
	}
	r.index()
	return r
}

// index fills the maps that answer look-ups.
func (r *Registry) index() {
	for _, g := range r.groups {
		for _, service := range g.Services {
			r.claims[service] = append(r.claims[service], g)
		}
		if gateway := g.Gateway(); gateway.Name != "" {
			r.gateways[gateway] = append(r.gateways[gateway], g)
		}
		for _, name := range g.BaselineNames() {
			r.baselines[name] = append(r.baselines[name], g.Name)
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
