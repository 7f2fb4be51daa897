package status

import (
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Group rolls up a group's status. Services that left the group are not in it, even while
// they are being withdrawn.
func Group(group *apiv1.ASMSwimLaneGroup, m Members, in Ingress) apiv1.ASMSwimLaneGroupStatus {
	s := apiv1.ASMSwimLaneGroupStatus{
		Conditions:         slices.Clone(group.Status.Conditions),
		ObservedGeneration: group.Generation,
		Lanes:              laneNames(m.Group),
		Mode:               mode(m.Mode),
		Ingress:            ingressSummary(group),
	}
	programmed := 0
	for _, service := range m.Group.Services {
		r := m.Services[service].inGroup(lane.GroupService{Group: m.Name, Service: service})
		if r.Programmed {
			programmed++
		}
		s.Services = append(s.Services, r)
	}
	s.ServicesReady = fmt.Sprintf("%d/%d", programmed, len(m.Group.Services))
	accepted, ingress := groupAccepted(group, m), in.Condition()
	set(&s.Conditions, group.Generation, accepted)
	set(&s.Conditions, group.Generation, ingress)
	set(&s.Conditions, group.Generation, groupReady(accepted, ingress, s.Services, m.notes()))
	fit(group, &s)
	return s
}

// laneNames are the group's lanes, the baseline first.
func laneNames(g lane.Group) string {
	var names []string
	if _, ok := g.Lane(g.Baseline); ok {
		names = append(names, g.Baseline)
	}
	for _, l := range g.Lanes {
		if l.Name != g.Baseline {
			names = append(names, l.Name)
		}
	}
	return strings.Join(names, ",")
}

func mode(m lane.Mode) apiv1.GroupMode {
	if m == lane.Strict {
		return apiv1.ModeStrict
	}
	return apiv1.ModePermissive
}

func ingressSummary(group *apiv1.ASMSwimLaneGroup) string {
	in := group.Spec.Ingress
	if in.Gateway.Name == "" {
		return ""
	}
	strategy := in.IngressRouting.IngressRoutingStrategy
	if strategy != apiv1.StrategyWeighted {
		strategy = apiv1.StrategyRuleBased
	}
	return fmt.Sprintf("%s/%s %s", in.Gateway.Namespace, in.Gateway.Name, strategy)
}
