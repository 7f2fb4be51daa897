package rolloutwatch

import (
	"context"
	"time"

	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/trafficprovider"
)

// observation is a Service as it was at one moment: the facts, and the traffic objects.
type observation struct {
	snapshot lane.Snapshot
	live     trafficprovider.Live
	// waits is set when no event will tell that there is more to do: the Service waits for
	// another one that shares its pods, or the cache has not got the objects that are
	// withdrawn, and may never hear of them.
	waits bool
}

// withdrawn reports whether the Service is no member any more, and has no traffic objects.
func (o observation) withdrawn() bool {
	return o.snapshot.Withdrawing && o.snapshot.Hold == nil && !o.live.TakenOver()
}

// confirmGone reads the traffic objects of a withdrawn Service from the API server. Its
// pods lose their markers once there are none, and a cache that has not seen what was
// written a moment ago has none: pods without markers would rank as the baseline's.
func (o *observation) confirmGone(ctx context.Context, traffic Traffic, key lane.GroupService) error {
	live, err := traffic.ConfirmedService(ctx, key.Group, key.Service)
	if err != nil {
		return err
	}
	o.live, o.snapshot.TakenOver = live, live.TakenOver()
	o.waits = o.waits || live.TakenOver()
	return nil
}

// observe reads a Service and its traffic objects. since is when that began.
func observe(ctx context.Context, cluster *facts.Cluster, traffic Traffic, key lane.GroupService, since time.Time) (observation, error) {
	live, err := traffic.Service(ctx, key.Group, key.Service)
	if err != nil {
		return observation{}, err
	}
	s, err := cluster.Snapshot(ctx, key, live.Serving())
	if err != nil {
		return observation{}, err
	}
	s.Group = s.Group.WithServing(key.Service, live.Serving(), live.ServingLabels())
	s.Since, s.TakenOver, s.HeldByOther = since, live.TakenOver(), live.HeldByOther()
	if s.Unisolated, err = cluster.Unisolated(ctx, s); err != nil {
		return observation{}, err
	}
	observed := observation{snapshot: s, live: live, waits: len(s.Unisolated) > 0}
	for _, l := range s.Group.Lanes {
		if !live.Isolates(l.Name, since) {
			observed.snapshot.Unisolated = append(observed.snapshot.Unisolated, l.Name)
		}
	}
	return observed, nil
}
