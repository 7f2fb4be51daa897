package lane

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Two lanes that could select the same pod cannot both have it. The one that was there
// first keeps it: a lane that was accepted before one that was not, then the older, then
// the first by name. The other is left out of its group as long as that lasts. The
// webhook refuses such a lane; this is for what got past it.

// Rejection is why a lane is left out of its group.
type Rejection struct {
	Problem
	// First is the lane that was there first.
	First string
}

// admit returns the lanes of a group, sorted by name, and those that are left out. A lane
// that was accepted and is being deleted neither gives way nor blocks its successor.
func admit(lanes []apiv1.ASMSwimLane) ([]Lane, map[string]Rejection) {
	candidates := make([]Lane, len(lanes))
	born, accepted := map[string]int64{}, map[string]bool{}
	for i := range lanes {
		candidates[i] = newLane(&lanes[i])
		born[lanes[i].Name], accepted[lanes[i].Name] = lanes[i].CreationTimestamp.Unix(), Accepted(&lanes[i])
	}
	slices.SortFunc(candidates, func(a, b Lane) int {
		return cmp.Or(-compareBools(accepted[a.Name], accepted[b.Name]), cmp.Compare(born[a.Name], born[b.Name]), strings.Compare(a.Name, b.Name))
	})
	var in []Lane
	rejected := map[string]Rejection{}
	for _, l := range candidates {
		i := slices.IndexFunc(in, func(first Lane) bool { return !first.Deleting && !disjoint(l.Selector, first.Selector) })
		if deleting := accepted[l.Name] && l.Deleting; deleting || i < 0 {
			in = append(in, l)
			continue
		}
		rejected[l.Name] = Rejection{samePod(l.Name, in[i].Name), in[i].Name}
	}
	slices.SortFunc(in, func(a, b Lane) int { return strings.Compare(a.Name, b.Name) })
	return in, rejected
}

func samePod(a, b string) Problem {
	return Problem{apiv1.ReasonInvalid, fmt.Sprintf(
		"lanes %s and %s could select the same pod: their labelSelectors must share a key with different values", min(a, b), max(a, b))}
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
