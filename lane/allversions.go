package lane

import (
	"fmt"

	apiv1 "lanekeeper.io/api/v1"
)

// A strict group may name no lane for callers of none. They meet what the Service has then,
// whatever lane its pods are of, which is what Istio does without us. The baseline is a subset
// of all its pods, and every lane of the group is a gray one:
//
//	callers of lane s1   the subset s1, of the pods with the lane's label
//	callers of lane s2   the subset s2, without pods where the lane lacks the Service
//	everybody else       the subset all-versions
//
// Nothing but its own label tells which lane a pod is of. So the Service needs no pod of a
// baseline to be taken over, a pod without a label is nobody's mistake, and Rollouts are not
// followed: an undone version could not be kept from anybody.

// AllVersions is that baseline, which no lane may have for a name.
const AllVersions = "all-versions"

// WithoutBaseline reports whether callers of no lane meet all versions.
func (g Group) WithoutBaseline() bool { return g.Mode == Strict && g.Baseline == AllVersions }

// WithoutBaseline reports the same of the Service's group.
func (p Plan) WithoutBaseline() bool { return p.Mode == Strict && p.Baseline.Lane == AllVersions }

// EveryVersion is what is to be said of such a group; nil for others.
func (g Group) EveryVersion() *Problem {
	if !g.WithoutBaseline() {
		return nil
	}
	return &Problem{apiv1.ReasonPartiallySupported, fmt.Sprintf(
		"callers of no lane meet all versions of a service, canaries too, since annotation %s names no lane for them", apiv1.AnnotationBaseline)}
}

// reserved is the problem of a lane with a name of ours; nil without one.
func (g Group) reserved() *Problem {
	_, in := g.Lane(AllVersions)
	if _, out := g.Rejected[AllVersions]; !in && !out {
		return nil
	}
	return &Problem{apiv1.ReasonInvalid, fmt.Sprintf("a lane cannot be named %s, which stands for the pods of all lanes: give it another name", AllVersions)}
}

// beforeAllVersions is the change of a pod's labels as long as everybody meets a lane still, and others
// fall back to it: its pods stay as they are, and so do those of no lane.
func (s Snapshot) beforeAllVersions(p Pod, v Verdict) (Change, bool) {
	if !s.Group.WithoutBaseline() {
		return Change{}, false
	}
	serving, ok := s.Group.Lane(s.Serving)
	if !ok {
		return Change{}, false
	}
	if _, outside := p.Labels[apiv1.LabelOutside]; outside {
		return Change{}, true
	}
	return laneLabels(s.Group, serving, true, p), v.Lane == serving.Name
}

// unserved is why callers of no lane go on meeting all versions although the group names a lane for
// them: it has no ready pod here. Nil where it has one, or nobody has.
func (s Snapshot) unserved() *Problem {
	baseline, ok := s.Group.BaselineOf(s.Service.Key)
	if s.Serving != AllVersions || s.Group.WithoutBaseline() || !ok || s.Withdrawing || s.Hold != nil {
		return nil
	}
	verdicts, ready := verdictsOf(s), false
	for i, p := range s.Pods {
		if !p.Ready || p.Terminating {
			continue
		}
		if verdicts[i].Lane == baseline.Name {
			return nil
		}
		ready = true
	}
	if !ready {
		return nil
	}
	return &Problem{apiv1.ReasonNoBaselinePod, fmt.Sprintf(
		"no ready pod of the Service has the label %s of lane %s, which is to be its baseline, so callers of no lane still meet all versions: wait until such a pod is ready, or take the lane's name back",
		Change{Set: baseline.Selector}, baseline.Name)}
}

// NotFollowed is why Rollouts do not release into lanes of the group; nil where they do.
func (g Group) NotFollowed(rollout string) *Problem {
	if !g.WithoutBaseline() {
		return nil
	}
	return &Problem{apiv1.ReasonNotYetSupported, fmt.Sprintf(
		"lanes of group %s do not follow Rollout %s, since callers of no lane meet all versions: its pods keep the labels of their template; name a lane for such callers in annotation %s of the group",
		g.Name, rollout, apiv1.AnnotationBaseline)}
}
