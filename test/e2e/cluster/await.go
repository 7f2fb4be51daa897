package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/timeline"
)

// AwaitCanary waits until Kruise has paused at the step of the service's newest
// release, with a canary of that version ready, and returns since when it is.
func (c *Cluster) AwaitCanary(ctx context.Context, service string, version Version) (time.Time, error) {
	var ready time.Time
	err := c.awaitEvents(ctx, "a ready canary of "+service, func(events []timeline.Event) bool {
		var paused bool
		ready, paused = canaryOf(events, service, version.String())
		return paused && !ready.IsZero()
	})
	return ready, err
}

// canaryOf says since when the newest release's canary is ready, and whether
// the Rollout waits for an approval.
func canaryOf(events []timeline.Event, service, version string) (ready time.Time, paused bool) {
	for _, e := range events {
		switch {
		case e.Service != service:
		case e.Kind == timeline.Published:
			ready, paused = time.Time{}, false
		case e.Kind == timeline.Stage:
			paused = isPaused(e)
		case e.Kind == timeline.PodReady && e.Canary && e.Version == version:
			ready = e.At
		}
	}
	return ready, paused
}

// isPaused reports whether a stage is that of a release which waits for an approval.
func isPaused(stage timeline.Event) bool {
	return strings.Contains(stage.Detail, "InRolling") && strings.Contains(stage.Detail, "StepPaused")
}

// AwaitBegun waits until Kruise has begun the service's newest release.
func (c *Cluster) AwaitBegun(ctx context.Context, service string) error {
	return c.awaitEvents(ctx, "the begin of the release of "+service, func(events []timeline.Event) bool {
		begun := false
		for _, e := range events {
			switch {
			case e.Service != service:
			case e.Kind == timeline.Published:
				begun = false
			case e.Kind == timeline.Stage && strings.Contains(e.Detail, "Initializing"):
				begun = true
			}
		}
		return begun
	})
}

// AwaitStableRevision waits until the stable Deployment has a ReplicaSet of the
// version.
func (c *Cluster) AwaitStableRevision(ctx context.Context, service string, version Version) error {
	return Await(ctx, "a stable ReplicaSet of "+service, 2*time.Minute, func(ctx context.Context) (string, error) {
		var sets appsv1.ReplicaSetList
		if err := c.Client.List(ctx, &sets, client.InNamespace(Namespace), client.MatchingLabels{"app": service}); err != nil {
			return "", err
		}
		for _, s := range sets.Items {
			owner := metav1.GetControllerOf(&s)
			v, err := versionOfImage(s.Spec.Template.Spec.Containers[0].Image)
			if err == nil && v == version && owner != nil && owner.Name == service+"-v1" {
				return "", nil
			}
		}
		return "there is none of " + version.String(), nil
	})
}

// AwaitUndone waits until Kruise has made up its mind about an undo. It is late if it came when
// the release had ended: then it is the release of the version before, and waits for an
// approval like any other.
func (c *Cluster) AwaitUndone(ctx context.Context, service string) (late bool, err error) {
	err = Await(ctx, "what becomes of the undo of "+service, 3*time.Minute, func(ctx context.Context) (string, error) {
		if late = pausedSinceUndo(c.Timeline.Events(), service); late {
			return "", nil
		}
		missing, err := c.unrestOfWorkloads(ctx)
		if missing == "" && err == nil {
			missing, err = c.unrestOfRollouts(ctx)
		}
		return missing, err
	})
	return late, err
}

func pausedSinceUndo(events []timeline.Event, service string) bool {
	paused := false
	for _, e := range events {
		switch {
		case e.Service != service:
		case e.Kind == timeline.UndoDone:
			paused = false
		case e.Kind == timeline.Stage:
			paused = isPaused(e)
		}
	}
	return paused
}

// AwaitHealthy waits until Kruise has ended the service's release, whichever
// way it was told to.
func (c *Cluster) AwaitHealthy(ctx context.Context, service string) error {
	return c.awaitEvents(ctx, "the end of the release of "+service, func(events []timeline.Event) bool {
		healthy := false
		for _, e := range events {
			if e.Service != service {
				continue
			}
			switch e.Kind {
			case timeline.Approved, timeline.UndoAsked:
				healthy = false
			case timeline.Stage:
				healthy = strings.HasPrefix(e.Detail, "Healthy")
			}
		}
		return healthy
	})
}

func (c *Cluster) awaitEvents(ctx context.Context, what string, holds func([]timeline.Event) bool) error {
	const limit = 3 * time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not within %s", limit))
	defer cancel()
	return c.Timeline.Await(ctx, what, holds)
}

// AwaitLane waits until a gray lane's status says that it has ready pods of
// these services, and of no other.
func (c *Cluster) AwaitLane(ctx context.Context, lane string, services ...string) error {
	return c.AwaitLaneWithin(ctx, 2*time.Minute, lane, services...)
}

// AwaitLaneWithin is AwaitLane with a limit of its own.
func (c *Cluster) AwaitLaneWithin(ctx context.Context, limit time.Duration, name string, services ...string) error {
	want := slices.Sorted(slices.Values(services))
	return Await(ctx, "the status of lane "+name, limit, func(ctx context.Context) (string, error) {
		lane, err := c.lane(ctx, name)
		if err != nil {
			return "", err
		}
		var has []string
		for _, s := range lane.Status.Services {
			if s.Ready > 0 {
				has = append(has, s.Name)
			}
		}
		if !slices.Equal(has, want) {
			return fmt.Sprintf("it has ready pods of %v and not of %v: %q", has, want, lane.Status.ServicesSummary), nil
		}
		return "", nil
	})
}
