package lane

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// BaselineOf returns the baseline lane of a Service; false when that lane does not
// exist.
func (g Group) BaselineOf(service types.NamespacedName) (Lane, bool) {
	name := g.Baseline
	if own, ok := g.ServiceBaseline[service]; ok {
		name = own
	}
	if g.WithoutBaseline() {
		return Lane{Name: AllVersions}, true
	}
	return g.Lane(name)
}

// SameBaseline reports whether two Services of the group have one baseline.
func (g Group) SameBaseline(a, b types.NamespacedName) bool {
	of, ok := g.BaselineOf(a)
	other, also := g.BaselineOf(b)
	return ok && also && of.Name == other.Name
}

// IsBaseline reports whether the lane is the baseline of the group or of one of its
// Services.
func (g Group) IsBaseline(name string) bool {
	return slices.Contains(g.BaselineNames(), name)
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

// BaselineNames are the lanes that the group names as a baseline, sorted.
func (g Group) BaselineNames() []string {
	out := slices.Collect(maps.Values(g.ServiceBaseline))
	if g.Baseline != "" {
		out = append(out, g.Baseline)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// LanesElsewhere returns the groups of lanes that the group names as a baseline and that
// are another group's; nil without one. groupOf is the group of a lane, empty for none.
// Whoever knows all lanes puts it into Elsewhere: the label of such a lane is not to be
// changed, or the other group would lose it.
func (g Group) LanesElsewhere(groupOf func(laneName string) string) map[string]string {
	var out map[string]string
	for _, name := range g.BaselineNames() {
		_, mine := g.Lane(name)
		if other := groupOf(name); !mine && other != "" && other != g.Name {
			if out == nil {
				out = map[string]string{}
			}
			out[name] = other
		}
	}
	return out
}

// MissingBaseline returns the problem of a group whose fallbackTarget names a lane that
// does not exist; nil when it does. The lane may be applied a moment after its group.
func (g Group) MissingBaseline() *Problem {
	return g.missing("group "+g.Name, g.Baseline, g.Mode.baselineField())
}

// missingBaselineOf is MissingBaseline for one Service, which may have a baseline of its
// own.
func (g Group) missingBaselineOf(service types.NamespacedName) *Problem {
	own, ok := g.ServiceBaseline[service]
	if !ok {
		return g.MissingBaseline()
	}
	return g.missing("service "+service.String(), own, "serviceLevelFallbackTarget")
}

// missing is the problem of who has the lane for a baseline, by a field, and waits for it;
// nil when there is nothing to wait for.
func (g Group) missing(who, baseline, field string) *Problem {
	if _, ok := g.Lane(baseline); ok || g.WithoutBaseline() {
		return nil
	}
	why := fmt.Sprintf("does not exist yet: apply it with the label %s: %s, or correct the field", apiv1.LabelSwimLaneGroup, g.Name)
	if other := g.Elsewhere[baseline]; other != "" {
		why = fmt.Sprintf("is of group %s, and a lane is of one group only: create another lane with the label %s: %s, and name that", other, apiv1.LabelSwimLaneGroup, g.Name)
	}
	return &Problem{apiv1.ReasonBaselineMissing, fmt.Sprintf("%s waits for its baseline: lane %s (%s) %s", who, baseline, field, why)}
}

// MissingBaselines returns the problems of the group and of its Services, sorted by
// message.
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

// rejectedBaseline is the problem of a group whose baseline is left out: without it no
// pod of the group can be assigned. It is nil when none is left out.
func (g Group) rejectedBaseline() *Problem {
	for _, name := range g.BaselineNames() {
		if r, ok := g.Rejected[name]; ok {
			return &r.Problem
		}
	}
	return nil
}
