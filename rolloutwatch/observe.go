package rolloutwatch

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/types"

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

// besideOthers looks for traffic objects of another group for Services over the same pods that
// are this group's, too, or nobody's: a group that was deleted, or let go of one, has some for a
// settle, and nothing tells this Service when they are gone.
func (o *observation) besideOthers(ctx context.Context, traffic Traffic, key lane.GroupService) error {
	var over []types.NamespacedName
	for _, beside := range o.snapshot.Beside {
		over = append(over, beside.Service)
	}
	for _, service := range o.snapshot.Sharing {
		if o.snapshot.Group.Has(service) {
			over = append(over, service)
		}
	}
	for _, service := range over {
		live, err := traffic.Service(ctx, key.Group, service)
		if err != nil {
			return err
		}
		if live.HeldByOther() {
			o.snapshot.HeldByOther, o.waits = true, true
			o.snapshot.OthersServing = append(o.snapshot.OthersServing, live.OthersServing()...)
			o.snapshot.OthersAnswers = append(o.snapshot.OthersAnswers, live.OthersAnswers()...)
		}
	}
	return nil
}

// observe reads a Service and its traffic objects. since is when that began.
func observe(ctx context.Context, cluster *facts.Cluster, traffic Traffic, key lane.GroupService, since time.Time) (observation, error) {
	live, err := traffic.Service(ctx, key.Group, key.Service)
	if err != nil {
		return observation{}, err
	}
	s, err := cluster.Snapshot(ctx, key, live.Serving(), live.Records())
	if err != nil {
		return observation{}, err
	}
	s.ServingLabels = live.ServingLabels()
	s.Group = s.Group.WithServing(key.Service, live.Serving(), s.ServingLabels)
	s.Since, s.TakenOver, s.HeldByOther, s.OthersServing = since, live.TakenOver(), live.HeldByOther(), live.OthersServing()
	s.OthersAnswers = live.OthersAnswers()
	if s.Marking, err = cluster.Marking(ctx, s); err != nil {
		return observation{}, err
	}
	observed := observation{snapshot: s, live: live, waits: len(s.Marking.Unisolated) > 0}
	if err := observed.besideOthers(ctx, traffic, key); err != nil {
		return observation{}, err
	}
	own := lane.Marking{Answers: live.Answers()}
	for _, l := range s.Group.Lanes {
		if !live.Isolates(l.Name, since) {
			own.Unisolated = append(own.Unisolated, l.Name)
		}
	}
	observed.snapshot.Marking = s.Marking.And(own)
	return observed, nil
}
