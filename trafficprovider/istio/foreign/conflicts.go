package foreign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Conflicts are what follows from all findings.
type Conflicts struct {
	// Block is why we must stay out.
	Block *lane.Problem
	// Problem is why the plan is not in force for everybody.
	Problem *lane.Problem
	// Notes are worth knowing although the plan is in force; sorted.
	Notes []lane.Problem
}

// Summarize sums findings up. Nothing blocks any more once a Service or an
// ingress is taken over, which is when objects of ours exist.
func Summarize(findings []Finding, takenOver bool) Conflicts {
	var blocking, deciding, rest []Finding
	for _, f := range findings {
		switch {
		case f.blocks && !takenOver:
			blocking = append(blocking, f)
		case f.decides:
			deciding = append(deciding, f)
		default:
			rest = append(rest, f)
		}
	}
	if len(blocking) > 0 {
		return Conflicts{Block: conflictOf(blocking)}
	}
	c := Conflicts{Problem: conflictOf(deciding)}
	slices.SortFunc(rest, func(a, b Finding) int { // what ours breaks is not crowded out by what it does not
		return cmp.Or(b.weight()-a.weight(), strings.Compare(a.object, b.object), strings.Compare(a.effect, b.effect))
	})
	for _, f := range rest[:min(len(rest), maxNamed)] {
		c.Notes = append(c.Notes, *conflictOf([]Finding{f}))
	}
	if more := len(rest) - maxNamed; more > 0 {
		c.Notes = append(c.Notes, lane.Problem{Reason: apiv1.ReasonConflict, Message: fmt.Sprintf("more objects of others are like these: %d", more)})
	}
	slices.SortFunc(c.Notes, byMessage)
	return c
}

// With adds a problem that keeps nobody out, if there is one, and notes. What a
// foreign object decides for some requests is told beside the problem.
func (c Conflicts) With(problem *lane.Problem, notes []lane.Problem) Conflicts {
	if problem != nil && c.Problem != nil {
		notes = append(notes, *c.Problem)
	}
	c.Problem = cmp.Or(problem, c.Problem)
	c.Notes = slices.SortedFunc(slices.Values(slices.Concat(c.Notes, notes)), byMessage)
	return c
}

func byMessage(a, b lane.Problem) int { return strings.Compare(a.Message, b.Message) }

// maxNamed is how many objects of others are named, and maxListed how many hosts or namespaces
// of one: somebody may have any number of them, a note on a wildcard is in the row of every
// Service, and the API server takes no status beyond a size.
const maxNamed, maxListed = 5, 3

// namesOf are hosts or namespaces that somebody else wrote, for a message.
func namesOf(written []string) string {
	out := make([]string, len(written))
	for i, name := range written {
		out[i] = lane.Brief(name)
	}
	return lane.FirstOf(out, maxListed)
}

// conflictOf makes one stable problem of several findings; nil of none.
func conflictOf(findings []Finding) *lane.Problem {
	if len(findings) == 0 {
		return nil
	}
	slices.SortFunc(findings, func(a, b Finding) int { return strings.Compare(a.object, b.object) })
	var parts []string
	for _, f := range findings[:min(len(findings), maxNamed)] {
		parts = append(parts, f.object+" "+f.effect+": "+f.cure)
	}
	if more := len(findings) - maxNamed; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return &lane.Problem{Reason: apiv1.ReasonConflict, Message: strings.Join(parts, "; ")}
}
