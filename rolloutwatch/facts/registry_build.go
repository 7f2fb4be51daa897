package facts

import (
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

// index fills the maps that answer look-ups.
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
