package lane

// Kind is what a pod is to a lane group.
type Kind string

const (
	// KindBaseline pods serve untagged requests, and those of a lane that has no ready
	// pod.
	KindBaseline Kind = "Baseline"
	// KindLane pods serve a gray lane.
	KindLane Kind = "Lane"
	// KindOutside pods are of no lane, and are labelled as such.
	KindOutside Kind = "Outside"
	// KindLeaveAlone pods are not decided about: all their labels stay as they are.
	KindLeaveAlone Kind = "LeaveAlone"
)

// Verdict is the decision about one pod.
type Verdict struct {
	Kind Kind
	// Lane is the lane's name; the baseline's for KindBaseline, empty for pods of no
	// lane.
	Lane string
	// Why is the reason of the decision.
	Why Reason
	// Change makes the pod's labels say so.
	Change Change
}

// Problem returns why a pod is of no lane; nil when it is of one.
func (v Verdict) Problem() *Problem {
	if v.Kind == KindLane || v.Kind == KindBaseline {
		return nil
	}
	return &v.Why
}
