package lane

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Ways past the routes of ours, which a Service's row names.

// podNotes are what is to be said of pods, one for each thing that is said; sorted.
func podNotes(s Snapshot) []Problem {
	saying := map[string][]string{}
	for _, p := range s.Pods {
		for _, note := range []string{p.Note, p.PortNames.note(), agentNote(s.Group.Tag, p)} {
			if note != "" && !p.Terminating {
				saying[note] = append(saying[note], p.Name)
			}
		}
	}
	var out []Problem
	for _, note := range slices.Sorted(maps.Keys(saying)) {
		pods := saying[note]
		out = append(out, Problem{apiv1.ReasonServiceUnsupported, fmt.Sprintf("%d of its pods (e.g. %s): %s", len(pods), slices.Min(pods), note)})
	}
	return out
}

// agentNote is what to say of a pod that passes on no baggage although the group's tags travel in it.
func agentNote(by Tag, p Pod) string {
	if !by.Baggage || p.AgentMissing == "" {
		return ""
	}
	return fmt.Sprintf("no OpenTelemetry agent, which their annotation %s asks for, so that they pass on no baggage and requests lose their lane behind them: "+
		"look whether the operator runs and their namespace has an Instrumentation, and restart the pods", p.AgentMissing)
}

// Beside is a Service of no group that selects pods of one that has a group.
type Beside struct {
	Service  types.NamespacedName
	Selector map[string]string
	// CannotJoin is set when no group can have it (Service.Unsupported).
	CannotJoin bool
}

// maxBypasses is how many Services a note names: somebody may have any number of them.
const maxBypasses = 5

// bypasses is the note on Services by which requests meet gray pods past every route of
// ours, with a sentence for each cure; nil without one. A Service that selects the baseline's
// label, too, selects the baseline's pods alone, and is fine.
func bypasses(s Snapshot) *Problem {
	baseline, ok := s.Group.BaselineOf(s.Service.Key)
	if !ok {
		return nil
	}
	services := map[string][]string{}
	for _, b := range s.Beside {
		if !Selects(baseline.Selector, b.Selector) {
			cure := bypassOf(s.Group, baseline, b)
			services[cure] = append(services[cure], b.Service.String())
		}
	}
	if len(services) == 0 {
		return nil
	}
	var said []string
	for _, sentence := range slices.Sorted(maps.Keys(services)) {
		said = append(said, strings.ReplaceAll(sentence, "%s", FirstOf(services[sentence], maxBypasses)))
	}
	return &Problem{apiv1.ReasonConflict, strings.Join(said, "; ")}
}

// bypassOf is what a Service does to the lanes, and the cure; %s stands for its name.
func bypassOf(g Group, baseline Lane, b Beside) string {
	asks := Change{Set: baseline.Selector}.String()
	if pods := askedFor(g, baseline, b.Selector); pods != "" {
		return "%s, in no group, selects pods of " + pods + " alone, so that clients of %s meet them past our routes: keep everybody else from it, or delete it"
	}
	if b.CannotJoin {
		return "%s, in no group, selects its pods too, so that clients of %s meet every version, and cannot be in a group, being headless or of type ExternalName: " +
			"delete it, or add " + asks + " to its selector, or keep callers from it"
	}
	return "%s, in no group, selects its pods too, so that clients of %s meet every version: add %s to the group, or " + asks + " to the selector of %s"
}

// askedFor are the pods that a selector means which asks for another value of a label of
// the baseline's: those of a lane, or those with that label. It is empty for a selector that
// asks for none.
func askedFor(g Group, baseline Lane, selector map[string]string) string {
	if l, ok := selecting(g.Lanes, selector); ok {
		return "lane " + l.Name
	}
	for _, key := range slices.Sorted(maps.Keys(baseline.Selector)) {
		if value, ok := selector[key]; ok && value != baseline.Selector[key] {
			return "the label " + key + "=" + value
		}
	}
	return ""
}
