package lane

import (
	"fmt"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// sharingProblem is why a Service does not have its pods to itself; nil when it has.
//
// A pod carries the marker of one group's lane, the oldest group's of those whose
// Services select it. To the lists of a younger group it is a pod of the baseline, and a
// lane of that group that falls back would meet it. So a younger group's Service is not
// taken over; one that was before the older group came stays as it is. Services of one
// group agree about their pods.
func sharingProblem(s Snapshot) *Problem {
	if len(s.Elders) == 0 {
		return nil
	}
	elders := make([]string, len(s.Elders))
	for i, elder := range s.Elders {
		elders[i] = fmt.Sprintf("Service %s of the older group %s", elder.Service, elder.Group)
	}
	effect := "the Service is not taken over, and its requests meet all versions"
	switch {
	case s.TakenOver:
		effect = "requests of a lane that fall back meet pods of those groups' lanes, too"
	case s.HeldByOther: // whose routes go on
		effect = "the Service is not taken over"
	}
	return &Problem{apiv1.ReasonConflict, fmt.Sprintf(
		"its pods are labelled for %s, so that %s: "+cureSharing, strings.Join(elders, " and "), effect)}
}

const cureSharing = "put these Services into one group, or let their selectors differ"

// Younger is a Service of a younger group over the same pods.
type Younger struct {
	GroupService
	Selector map[string]string
}

// youngerServices is the note on Services over the same pods that are not taken over, since
// this one was first: their clients go past the routes of ours. It is nil without one.
func youngerServices(s Snapshot) *Problem {
	baseline, ok := s.Group.BaselineOf(s.Service.Key)
	if !ok {
		return nil
	}
	var names []string
	for _, y := range s.Younger {
		if !Selects(baseline.Selector, y.Selector) {
			names = append(names, fmt.Sprintf("%s of the younger group %s", y.Service, y.Group))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &Problem{apiv1.ReasonConflict, fmt.Sprintf(
		"its pods are also those of %s, whose clients go past its routes and meet every version unless that group routes them: "+cureSharing, FirstOf(names, maxBypasses))}
}
