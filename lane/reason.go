package lane

// Reason is why something was decided. Every decision has one, also where all is
// well; statuses, events and log lines take their words from it.
type Reason struct {
	// Reason is one word: a condition's of the API where somebody should do
	// something, else one of those below.
	Reason string
	// Message tells a person why, and what to do.
	Message string
}

// Problem is the Reason of what is not as the user asked: its word is one of the API's
// condition reasons, and its message tells what to do.
type Problem = Reason

// The words of what is as the user asked.
const (
	// ReasonReleased: a Rollout releases into the lane.
	ReasonReleased = "Released"
	// ReasonServing: pods of the lane live.
	ReasonServing = "Serving"
	// ReasonNamed: the lane's spec names the Service.
	ReasonNamed = "Named"
	// ReasonStable: the Rollout's stable version is the baseline's.
	ReasonStable = "Stable"
	// ReasonLabelled: the pod's own label says it.
	ReasonLabelled = "Labelled"
	// ReasonRule: an ingress rule asks for it.
	ReasonRule = "Rule"
	// ReasonLeft: the Service left its group.
	ReasonLeft = "Left"
)
