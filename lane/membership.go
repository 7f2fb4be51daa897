package lane

import "slices"

// present says whether the Service is in the gray lane now.
//
// Readiness is the mesh's business: a lane without a ready pod falls back by
// itself, so a Service joins with the first sign of a release and the settle
// time passes while its pods start.
func present(s Snapshot, l Lane, verdicts []Verdict) bool {
	if l.Deleting {
		return false
	}
	if slices.Contains(l.Services, s.Service.Key) {
		return true
	}
	if !s.Group.AutoUpdate {
		return false
	}
	return releasedInto(s.Releases, l.Name) || hasPod(s.Pods, verdicts, l.Name)
}

// releasedInto: a Rollout is releasing the Service into the lane. Promoting is
// not among it: from approve on the canary's pods decide, so that the lane goes
// with the last of them.
func releasedInto(releases []Release, laneName string) bool {
	return slices.ContainsFunc(releases, func(r Release) bool {
		return r.Lane == laneName && r.Stage.Releasing()
	})
}

// hasPod: a pod of the lane lives, ready or not. The pods of an undone version
// do not count, and those of a version whose Rollout is back to rest with a
// success count until they are gone: Kruise removes them only when the baseline
// has replaced them.
func hasPod(pods []Pod, verdicts []Verdict, laneName string) bool {
	for i, p := range pods {
		if p.Terminating || verdicts[i].Kind != KindLane || verdicts[i].Lane != laneName {
			continue
		}
		if r := p.Owner.Release; p.Owner.Canary && r != nil && r.Stage.Undone() {
			continue
		}
		return true
	}
	return false
}
