package status

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// messageLimit is that of a condition, and less than the API's 32768: a message is for a person.
const messageLimit = 1000

func yes(kind, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: reason, Message: shorten(message)}
}

func no(kind string, p lane.Problem) metav1.Condition {
	return metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: p.Reason, Message: shorten(p.Message)}
}

// set writes a condition. lastTransitionTime changes only with the condition's status.
func set(conditions *[]metav1.Condition, generation int64, c metav1.Condition) {
	c.ObservedGeneration = generation
	meta.SetStatusCondition(conditions, c)
}

// mostSevere makes one problem of several; nil of none. Its reason is that of the first
// which does not pass by itself, and its message has all of them in the order given.
func mostSevere(problems []lane.Problem) *lane.Problem {
	if len(problems) == 0 {
		return nil
	}
	messages := make([]string, len(problems))
	for i, p := range problems {
		messages[i] = p.Message
	}
	out := &lane.Problem{Reason: problems[0].Reason, Message: strings.Join(messages, "; ")}
	passing := []string{apiv1.ReasonSettling, apiv1.ReasonDeleting}
	for _, p := range problems {
		if !slices.Contains(passing, p.Reason) {
			out.Reason = p.Reason
			break
		}
	}
	return out
}

func shorten(message string) string { return lane.Cut(message, messageLimit) }

// WriteFailed returns the problem that a status shows for any error. The error itself is
// logged: its text may differ each time.
func WriteFailed() *lane.Problem {
	return &lane.Problem{Reason: apiv1.ReasonWriteFailed,
		Message: "reading or writing failed and is tried again; if that does not pass, look for the error in the log of the manager that leads"}
}
