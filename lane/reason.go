package lane

// Reason is why something was decided. Every decision has one, also where all is well;
// statuses, events and log lines take their texts from it.
type Reason struct {
	// Reason is one word: a condition reason of the API where a person should act, else
	// one of those below.
	Reason string
	// Message is for a person: why, and what to do.
	Message string
}

// Problem is the Reason of what is not as the user asked: its Reason is a condition reason
// of the API, and its Message tells what to do.
type Problem = Reason

// The reasons of what is as the user asked.
const (
	// ReasonReleased is that of a lane which a Rollout releases into.
	ReasonReleased = "Released"
	// ReasonServing is that of a lane which has pods.
	ReasonServing = "Serving"
	// ReasonNamed is that of a lane whose spec names the Service.
	ReasonNamed = "Named"
	// ReasonStable is that of a pod of a Rollout's stable version: it is the baseline's.
	ReasonStable = "Stable"
	// ReasonLabelled is that of a pod whose own label decides.
	ReasonLabelled = "Labelled"
	// ReasonRule is that of requests which an ingress rule matches.
	ReasonRule = "Rule"
	// ReasonWeight is that of requests which are shared out by weight.
	ReasonWeight = "Weight"
	// ReasonLeft is that of a Service which left its group.
	ReasonLeft = "Left"
)
