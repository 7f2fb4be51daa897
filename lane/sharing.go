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
	return &Problem{apiv1.ReasonConflict, fmt.Sprintf(
		"its pods are labelled for %s: put these Services into one group, or let their selectors differ", strings.Join(elders, " and "))}
}
