package lane

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// State is what becomes of the traffic of a Service, or of a group's ingress.
type State string

const (
	// StatePending is that of traffic which is not taken over yet: we have no objects.
	StatePending State = "Pending"
	// StateManaged makes our objects follow the plan.
	StateManaged State = "Managed"
	// StateFrozen keeps our objects exactly as they are.
	StateFrozen State = "Frozen"
	// StateWithdrawn removes our objects, in order.
	StateWithdrawn State = "Withdrawn"
)

// Plan is the decision about one Service.
type Plan struct {
	// Since is when reading the facts that it was decided from began.
	Since   time.Time
	Group   string
	Mode    Mode
	Service types.NamespacedName
	State   State
	// Problem is why the Service is pending or frozen; for one that is withdrawn because
	// another group has it, which group that is; for one that is managed, that an older
	// group labels its pods.
	Problem *Problem
	// Tag is by what a request carries its lane's tag.
	Tag
	Policy Policy
	// Refused are the patches of the Policy that must not be used, as the mesh refused what
	// they make; empty as long as nobody has tried, or they were taken.
	Refused Refusals
	// Ports are the Service's port numbers: an ingress route says which.
	Ports []int32
	// Baseline is the lane that serves untagged requests; Gray are the lanes that the
	// Service is in now, sorted by name.
	Baseline Member
	Gray     []Member
	// Lacking are the gray lanes of a strict group whose callers are refused, since the Service is
	// not in them; sorted by name.
	Lacking []Member
	// Callers are the namespaces whose pods call in the lanes of a strict group, those of its
	// Services: elsewhere the same labels may be another group's; sorted.
	Callers []string
	// Next is the lane that is to be the baseline instead, and can be; nil without one
	// (baselinemove.go).
	Next *Member
	// Unlabelled is set when the pods are an older group's to label, so that no subset may select by
	// what they say.
	Unlabelled bool
	// Labelled is set when the baseline has ready pods, and all of them carry its labels.
	Labelled bool
	// GrayLanes are the names of all gray lanes of the group, present here or not: a
	// lane's priorities keep their pods out. A lane that is being deleted is among them
	// until its object is gone; by then its pods carry the outside marker. Sorted.
	GrayLanes []string
	// Ingress is set when an ingress rule of some lane sends requests to the Service.
	Ingress bool
	// Records are what is to be on record of the workloads' revisions.
	Records Records
	// Hidden is why requests from the Gateway do not reach the Service (export.go); nil where they do.
	Hidden *Problem
	// Relabel are the pods whose labels differ from their verdict; sorted by name.
	Relabel []Relabel
	// Unassigned are the ready pods of no lane.
	Unassigned Unassigned
	// Notes are worth knowing although the plan can be followed; sorted.
	Notes []Problem
}

// Member is a lane that a Service is in.
type Member struct {
	Lane     string
	Selector map[string]string
	// Pods counts those that are not terminating, Ready those of them that are ready.
	Pods, Ready int32
	// Unreached says of pods that no request reaches although they may be ready by their own
	// word, what to do; empty without one.
	Unreached string
	// Stage is that of the Rollout that releases into the lane; empty without one.
	Stage Stage
	// Rollout is the one of that stage, as "namespace/name".
	Rollout string
	// Why is the reason that the Service is in the lane.
	Why Reason
	// Apart is set where the Service has pods of other gray lanes, or of none, and none of them is
	// ever to answer in this one; Answers when all pods that may say so (answers.go).
	Apart, Answers bool
}

// MemberOf returns the one of a lane; false when there is none.
func MemberOf(members []Member, laneName string) (Member, bool) {
	for _, m := range members {
		if m.Lane == laneName {
			return m, true
		}
	}
	return Member{}, false
}

// Relabel is a change of the labels of one pod in that resourceVersion.
type Relabel struct {
	Pod     string
	Version string
	Verdict Verdict
}
