package status

import (
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

// etcd takes 1.5 MiB of an object. One that is larger is refused for ever, with all that its
// status had to say, so the end of a status goes where there is no room for it.
const (
	// maxObject leaves room for what the API server adds.
	maxObject = 1400 << 10
	// maxMessages is for the messages of all rows. A group of 4000 Services then fits with the
	// notes of who set which field, which the API server drops from an object that does not.
	maxMessages = 256 << 10
)

// What is said in the place of what was dropped.
const (
	noMessages = "the status has no room for this message and those of the rows below"
	noRows     = "the object has no room for %d more rows, nor for this one's message"
)

// fit drops the group's messages, and rows, that there is no room for.
func fit(group *apiv1.ASMSwimLaneGroup, s *apiv1.ASMSwimLaneGroupStatus) {
	rest := *s
	rest.Services = nil
	room := maxObject - sizeOf(metadata(group.ObjectMeta)) - sizeOf(group.Spec) - sizeOf(rest)
	s.Services = fitRows(s.Services, room, func(r *apiv1.GroupServiceStatus) *string { return &r.Message })
}

// fitLane does so for a lane.
func fitLane(l *apiv1.ASMSwimLane, s *apiv1.ASMSwimLaneStatus) {
	rest := *s
	rest.Services = nil
	room := maxObject - sizeOf(metadata(l.ObjectMeta)) - sizeOf(l.Spec) - sizeOf(rest)
	s.Services = fitRows(s.Services, room, func(r *apiv1.LaneServiceStatus) *string { return &r.Message })
}

// metadata is what is left of it from write to write, so that a status does not depend on
// the one before it.
func metadata(o metav1.ObjectMeta) metav1.ObjectMeta {
	o.ResourceVersion, o.ManagedFields = "", nil
	return o
}

// fitRows drops from the end: messages, then rows. The first row that lost its message says so,
// and so does the last one that is left.
func fitRows[R any](rows []R, room int, message func(*R) *string) []R {
	messages := maxMessages
	for i := range rows {
		if m := message(&rows[i]); *m != "" {
			before := messages
			messages -= sizeOf(*m)
			switch {
			case messages >= 0:
			case before >= 0:
				*m = noMessages
			default:
				*m = ""
			}
		}
		if room -= sizeOf(rows[i]) + len(","); room < 0 {
			return cutRows(rows, i, message)
		}
	}
	return rows
}

// cutRows are the first n rows; the message of the last one tells of those that go.
func cutRows[R any](rows []R, n int, message func(*R) *string) []R {
	if n > 0 {
		*message(&rows[n-1]) = fmt.Sprintf(noRows, len(rows)-n)
	}
	return rows[:n]
}

// sizeOf is the size of a value in etcd, where it is JSON.
func sizeOf(value any) int {
	data, err := json.Marshal(value)
	if err != nil {
		return 0 // then nobody can write it either
	}
	return len(data)
}
