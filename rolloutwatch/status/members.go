package status

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// Members are a group, and the last of each of its Services.
type Members struct {
	lane.Group
	// Problem is why the group is unusable as a whole.
	Problem  *lane.Problem
	Services map[types.NamespacedName]Service
	// LeftOut are the ingress rules that are left out.
	LeftOut []lane.LeftOut
}

// Complete reports whether every Service has been observed. Until then a status would
// show less than there is.
func (m Members) Complete() bool {
	for _, s := range m.Group.Services {
		if _, ok := m.Services[s]; !ok {
			return false
		}
	}
	return true
}

// Moving reports whether a Service is known to have another baseline than the group says.
func (m Members) Moving() bool {
	return slices.ContainsFunc(m.Group.Services, func(service types.NamespacedName) bool {
		want, ok := m.BaselineOf(service)
		is := m.Services[service].Baseline.Lane // none where the group had none
		return ok && is != "" && is != want.Name && m.Services[service].takenOver()
	})
}

// Settled reports whether every Service that is taken over has the baseline that the group
// says, and nothing is left to do for it. While something is not known it does not.
func (m Members) Settled() bool {
	for _, service := range m.Group.Services {
		s, ok := m.Services[service]
		want, _ := m.BaselineOf(service)
		if !ok || s.takenOver() && (s.Baseline.Lane != want.Name || !s.Complete) {
			return false
		}
	}
	return true
}

// unusable is why nothing changes for the group, one without its baseline included; nil
// when it is usable.
func (m Members) unusable() *lane.Problem { return cmp.Or(m.Problem, m.MissingBaseline()) }

// Known returns the Services of the group and those of which something is known, sorted.
func (m Members) Known() []types.NamespacedName {
	out := slices.Concat(m.Group.Services, slices.Collect(maps.Keys(m.Services)))
	slices.SortFunc(out, lane.CompareKeys)
	return slices.Compact(out)
}

// notes are the notes of all Services, each once with the Services that it is about: one
// foreign object may have to do with every one of them.
func (m Members) notes() []lane.Problem {
	about := map[lane.Problem][]string{}
	for _, service := range m.Group.Services {
		for _, note := range m.Services[service].Notes {
			about[note] = append(about[note], service.String())
		}
	}
	return grouped(about)
}

// grouped makes a problem of each that begins with what it is about; sorted.
func grouped(about map[lane.Problem][]string) []lane.Problem {
	out := make([]lane.Problem, 0, len(about))
	for p, names := range about {
		out = append(out, lane.Problem{Reason: p.Reason, Message: lane.FirstOf(names, 3) + ": " + p.Message})
	}
	slices.SortFunc(out, func(a, b lane.Problem) int {
		return cmp.Or(strings.Compare(a.Message, b.Message), strings.Compare(a.Reason, b.Reason))
	})
	return out
}
