package lane

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Ways past the routes of ours, which a Service's row names.

// podNotes are what pods say of themselves, one for each thing that is said; sorted.
func podNotes(s Snapshot) []Problem {
	saying := map[string][]string{}
	for _, p := range s.Pods {
		if p.Note != "" && !p.Terminating {
			saying[p.Note] = append(saying[p.Note], p.Name)
		}
	}
	var out []Problem
	for _, note := range slices.Sorted(maps.Keys(saying)) {
		pods := saying[note]
		out = append(out, Problem{apiv1.ReasonServiceUnsupported, fmt.Sprintf("%d of its pods (e.g. %s): %s", len(pods), slices.Min(pods), note)})
	}
	return out
}

// Beside is a Service of no group that selects pods of one that has a group.
type Beside struct {
	Service  types.NamespacedName
	Selector map[string]string
}

// maxBypasses is how many Services a note names: somebody may have any number of them.
const maxBypasses = 5

// bypasses is the note on Services by which untagged requests meet gray pods, past every
// route of ours; nil without one. One that selects the baseline's label, too, selects
// the baseline's pods alone.
func bypasses(s Snapshot) *Problem {
	baseline, ok := s.Group.BaselineOf(s.Service.Key)
	if !ok {
		return nil
	}
	var names []string
	for _, b := range s.Beside {
		if !Selects(baseline.Selector, b.Selector) {
			names = append(names, b.Service.String())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &Problem{apiv1.ReasonConflict, fmt.Sprintf(
		"%[1]s, in no group, selects its pods too, so that clients of %[1]s meet every version: add %[1]s to the group, or %[2]s to the selector of %[1]s",
		FirstOf(names, maxBypasses), Change{Set: baseline.Selector})}
}
