package rolloutwatch

import (
	"slices"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// serviceChanges are the events between two observations of a Service.
func serviceChanges(key lane.GroupService, before, after status.Service) []objectEvent {
	var out []objectEvent
	for _, m := range after.Gray {
		if slices.Contains(after.Routed, m.Lane) && !before.Serves(m.Lane) {
			out = append(out, joinedLane(key.Service, m))
		}
	}
	for _, m := range before.Gray {
		if _, stays := after.Member(m.Lane); !stays && before.Serves(m.Lane) {
			out = append(out, leftLane(key.Service, m.Lane))
		}
	}
	for _, r := range after.Releases {
		out = append(out, releaseChanges(key.Service, before.Release(r.Rollout), r)...)
	}
	for _, r := range before.Releases {
		// Kruise promotes what a Rollout was releasing that is deleted.
		if r.Stage == lane.StagePromoting && after.Release(r.Rollout).Rollout == "" {
			out = append(out, promoted(key.Service, r))
		}
	}
	last, now := before.Blocking(), after.Blocking()
	if now != nil && (last == nil || *last != *now) {
		out = append(out, serviceProblem(key, *now))
	}
	return out
}

// releaseChanges are the events between two observations of a Rollout.
func releaseChanges(service types.NamespacedName, before, after lane.Release) []objectEvent {
	var out []objectEvent
	underWay := before.Stage.Releasing() || before.Stage == lane.StagePromoting || before.Stage == lane.StageRollingBack
	switch {
	case underWay && after.Stage == lane.StagePromoted:
		out = append(out, promoted(service, after))
	case underWay && after.Stage == lane.StageRolledBack:
		out = append(out, rolledBack(service, after))
	}
	p := after.Problem
	if p == nil || before.Problem != nil && *before.Problem == *p && before.Stage.Releasing() == after.Stage.Releasing() {
		return out
	}
	// The lane may not be applied yet while nothing is being released.
	if p.Reason != apiv1.ReasonLaneUnknown || after.Stage.Releasing() {
		out = append(out, releaseProblem(after))
	}
	return out
}

// assumedBefore stands for the observation before the first one. What the mesh routes
// already is no news: the manager that wrote it has sent the events.
func assumedBefore(now status.Service, live trafficprovider.Live) status.Service {
	if live.TakenOver() {
		return now
	}
	return status.Service{}
}
