package lane

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// State is what becomes of a Service's traffic.
type State string

const (
	// StatePending: not taken over yet; nothing of ours exists.
	StatePending State = "Pending"
	// StateManaged: the objects follow the plan.
	StateManaged State = "Managed"
	// StateFrozen: the objects stay exactly as they are.
	StateFrozen State = "Frozen"
	// StateWithdrawn: the objects go, in order.
	StateWithdrawn State = "Withdrawn"
)

// Plan is the decision about one Service.
type Plan struct {
	// Since is when what it was decided from began to be read.
	Since   time.Time
	Group   string
	Service types.NamespacedName
	State   State
	// Problem is why the Service is pending or frozen, or, for one that leaves, which
	// group has it.
	Problem *Problem
	// RouteHeader carries the tag.
	RouteHeader string
	Policy      Policy
	// Ports are the Service's port numbers: an entry route has to say which
	// when there are several.
	Ports []int32
	// Baseline serves everybody; Gray are the lanes that the Service is in now,
	// sorted by name.
	Baseline Member
	Gray     []Member
	// GrayLanes are the names of all gray lanes of the group, present here or not:
	// a lane's priorities keep their pods out. A lane that is being deleted is
	// among them until its object is gone, when its pods are outsiders for long.
	// Sorted.
	GrayLanes []string
	// Ingress: an ingress rule of some lane sends requests to the Service.
	Ingress bool
	// Relabel are the pods whose labels do not say what they are; sorted by
	// name.
	Relabel []Relabel
	// Unassigned are pods of no lane.
	Unassigned Unassigned
}

// Member is a lane that a Service is in.
type Member struct {
	Lane     string
	Selector map[string]string
	// Pods that live, and those of them that are ready.
	Pods, Ready int32
	// Stage of the Rollout that releases into the lane; empty without one.
	Stage Stage
	// Rollout of that stage, as "namespace/name".
	Rollout string
	// Why the Service is in the lane.
	Why Reason
}

// Relabel is a change of one pod's labels, as they were in that version of it.
type Relabel struct {
	Pod     string
	Version string
	Verdict Verdict
}

// Compute decides what becomes of a Service.
func Compute(s Snapshot) Plan {
	if s.HeldByOther && !s.TakenOver {
		s.Unisolated = s.Group.laneNames()
	}
	verdicts := make([]Verdict, len(s.Pods))
	for i, p := range s.Pods {
		p.Unisolated = s.Unisolated
		verdicts[i] = Assign(s.Group, s.Service.Key, p)
	}
	p := Plan{
		Since:       s.Since,
		Group:       s.Group.Name,
		Service:     s.Service.Key,
		RouteHeader: s.Group.RouteHeader,
		Policy:      s.Group.PolicyOf(s.Service.Key),
		Ports:       s.Service.Ports,
		Ingress:     slices.Contains(s.Group.IngressServices(), s.Service.Key),
	}
	p.State, p.Problem = state(s, verdicts)
	if p.State == StateWithdrawn {
		p.Relabel = farewells(s)
		return p
	}
	p.Relabel, p.Unassigned = relabels(s, verdicts), unassigned(s, verdicts)
	if baseline, ok := s.Group.BaselineOf(s.Service.Key); ok {
		p.Baseline = member(s, baseline, verdicts, Reason{ReasonNamed, "lane " + baseline.Name + " is the Service's baseline"})
	}
	for _, l := range s.Group.GrayLanes(s.Service.Key) {
		p.GrayLanes = append(p.GrayLanes, l.Name)
		if why, ok := present(s, l, verdicts); ok {
			p.Gray = append(p.Gray, member(s, l, verdicts, why))
		}
	}
	return p
}

// state reads like the order in which a person would ask.
func state(s Snapshot, verdicts []Verdict) (State, *Problem) {
	missing := s.Group.missingBaselineOf(s.Service.Key)
	switch {
	case s.Leaving:
		return StateWithdrawn, s.Hold
	case s.Hold != nil:
		return held(s.TakenOver), s.Hold
	case missing != nil:
		return held(s.TakenOver), missing
	case !s.Service.Found:
		return held(s.TakenOver), &Problem{apiv1.ReasonServiceNotFound, "Service " + s.Service.Key.String() + " does not exist: create it, or take it out of spec.services"}
	case s.Service.Unsupported != "":
		return held(s.TakenOver), &Problem{apiv1.ReasonServiceUnsupported, s.Service.Unsupported}
	case s.TakenOver:
		return StateManaged, nil
	}
	if problem := obstacle(s, verdicts); problem != nil {
		return StatePending, problem
	}
	return StateManaged, nil
}

func held(takenOver bool) State {
	if takenOver {
		return StateFrozen
	}
	return StatePending
}

// relabels puts labels right. While traffic is held, which is while the group cannot
// be relied on, only canary pods leave the baseline.
func relabels(s Snapshot, verdicts []Verdict) []Relabel {
	baseline, _ := s.Group.BaselineOf(s.Service.Key)
	var out []Relabel
	for i, p := range s.Pods {
		leaking := p.Owner.Canary && Selects(baseline.Selector, p.Labels)
		if !p.Terminating && (s.Hold == nil || leaking) && !verdicts[i].Change.Empty() {
			out = append(out, Relabel{Pod: p.Name, Version: p.Version, Verdict: verdicts[i]})
		}
	}
	slices.SortFunc(out, func(a, b Relabel) int { return strings.Compare(a.Pod, b.Pod) })
	return out
}

// farewells take the markers off the pods of a Service that left, once the mesh
// has forgotten it for every group. The lane labels stay: they are the user's.
func farewells(s Snapshot) []Relabel {
	var out []Relabel
	for _, p := range s.Pods {
		c := change(p.Labels, nil)
		if s.TakenOver || s.HeldByOther || p.Terminating || c.Empty() {
			continue
		}
		out = append(out, Relabel{Pod: p.Name, Version: p.Version, Verdict: Verdict{
			Kind: KindLeaveAlone, Why: Reason{ReasonLeft, "its Service left group " + s.Group.Name}, Change: c}})
	}
	slices.SortFunc(out, func(a, b Relabel) int { return strings.Compare(a.Pod, b.Pod) })
	return out
}

func member(s Snapshot, l Lane, verdicts []Verdict, why Reason) Member {
	m := Member{Lane: l.Name, Selector: l.Selector, Why: why}
	for i, p := range s.Pods {
		if p.Terminating || verdicts[i].Lane != l.Name {
			continue
		}
		m.Pods++
		if p.Ready {
			m.Ready++
		}
	}
	for _, r := range s.Releases {
		if r.Lane == l.Name && r.Rollout > m.Rollout {
			m.Stage, m.Rollout = r.Stage, r.Rollout
		}
	}
	return m
}
