package e2e

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// approveThenUndo approves and takes it back the given time after, as soon as
// that can be done: undo goes back to the newest ReplicaSet but one, so that
// before the approved version has a stable ReplicaSet it would go one version
// too far, or fail where there is none.
func approveThenUndo(service string, after time.Duration) step {
	return step{fmt.Sprintf("approve %s, undo %s later", service, after), func(ctx context.Context, p *play) error {
		if err := p.Approve(ctx, service); err != nil {
			return err
		}
		if err := pass(ctx, after); err != nil {
			return err
		}
		if err := p.AwaitStableRevision(ctx, service, p.versions[service]); err != nil {
			return err
		}
		return p.Undo(ctx, service)
	}}
}

// publishUntilSeen publishes into the end of another release. Kruise cleans up
// after that one and may wipe away what says that a new one has begun; then the
// Deployment stays paused and the Rollout Healthy, until somebody publishes
// again, as we do.
func publishUntilSeen(service string) step {
	return step{"publish " + service + " at once", func(ctx context.Context, p *play) error {
		for range 3 {
			if err := publish(service).do(ctx, p); err != nil {
				return err
			}
			seen, cancel := context.WithTimeout(ctx, 10*time.Second)
			err := p.AwaitBegun(seen, service)
			cancel()
			if err == nil {
				return nil
			}
			p.Timeline.Add(timeline.Event{Kind: timeline.Note, Service: service, Detail: "Kruise overlooked the publish"})
			totals.note("Kruise overlooked a publish of %s that came into the end of another release; it was repeated", service)
		}
		return fmt.Errorf("Kruise overlooked three publishes of %s", service)
	}}
}

// saysWhyNotReady waits until the lane's status names the service and says that
// it has no ready pod.
func saysWhyNotReady(service string) step {
	return step{"the lane says why " + service + " is not ready", func(ctx context.Context, p *play) error {
		return cluster.Await(ctx, "the reason in the lane's status", 30*time.Second, func(ctx context.Context) (string, error) {
			lane, err := p.GrayLane(ctx)
			if err != nil {
				return "", err
			}
			for _, s := range lane.Status.Services {
				if s.Name == service && s.Pods > 0 && s.Ready == 0 && s.Reason == lanev1.ReasonNoReadyPods && s.Message != "" {
					return "", nil
				}
			}
			return fmt.Sprintf("it says %+v", lane.Status.Services), nil
		})
	}}
}

// killLane kills all processes of all canary pods at once: applications and
// sidecars, with no word to the API.
func killLane(services ...string) step {
	return step{"kill -9 every pod of the lane", func(ctx context.Context, p *play) error {
		var victims []corev1.Pod
		for _, s := range services {
			pods, err := p.CanaryPods(ctx, s)
			if err != nil {
				return err
			}
			victims = append(victims, pods...)
		}
		if len(victims) < len(services) {
			return fmt.Errorf("there are only %d canary pods", len(victims))
		}
		for _, v := range victims {
			p.Timeline.Add(timeline.Event{Kind: timeline.Killed, Service: v.Labels["app"], Pod: v.Name, IP: v.Status.PodIP})
		}
		p.killed = killing{pods: len(victims), from: time.Now()}
		err := atOnce(ctx, names(victims), func(_ context.Context, pod string) error {
			return p.Stack.SignalPod(cluster.Namespace, pod, "", syscall.SIGKILL)
		})
		p.killed.to = time.Now()
		return err
	}}
}

// killing is when pods were killed.
type killing struct {
	pods     int
	from, to time.Time
}

// mayLose is how many requests may be lost to it: one per pod, which is what a
// hundred requests a second of some milliseconds come to. On a machine that is
// too busy for that more are on their way to a dying process, or on a connection
// that nobody has noticed to be dead; no proxy may send those again. None that
// started later than a request takes may be lost.
func (k killing) mayLose(records []load.Record) int {
	if k.pods == 0 {
		return 0
	}
	until := k.to.Add(load.Summarize(records).P50)
	onTheirWay := 0
	for _, r := range records {
		if r.Tag != "" && r.Start.Before(until) && r.End.After(k.from) {
			onTheirWay++
		}
	}
	return max(k.pods, onTheirWay)
}

func names(pods []corev1.Pod) []string {
	var all []string
	for _, p := range pods {
		all = append(all, p.Name)
	}
	return all
}

// servedAgain waits until a tagged request has met the canary of every service
// again: their callers had ejected the dead ones.
func servedAgain(services ...string) step {
	return step{"the lane serves again", func(ctx context.Context, p *play) error {
		from := time.Now()
		defer func() {
			totals.note("a killed lane served again after %.0fs, while its callers had ejected its pods", time.Since(from).Seconds())
		}()
		return cluster.Await(ctx, "tagged requests in the whole lane", 2*time.Minute, func(context.Context) (string, error) {
			last := "none yet"
			for _, r := range p.load.Records() {
				if r.Tag == "" || r.Err != "" || r.Start.Before(from.Add(time.Second)) {
					continue
				}
				if inLaneEverywhere(p, r.Chain, services) {
					return "", nil
				}
				last = r.Chain.String()
			}
			return last, nil
		})
	}}
}

func inLaneEverywhere(p *play, chain load.Chain, services []string) bool {
	for _, s := range services {
		if hop, ok := chain.Hop(s); !ok || hop.Version != p.versions[s].String() {
			return false
		}
	}
	return true
}

// leaveTheLabelToTheWebhook takes the lane's label out of the Rollouts: only
// the webhook knows then which pods are the lane's.
func leaveTheLabelToTheWebhook() step {
	return step{"Rollouts without patchPodTemplateMetadata", func(ctx context.Context, p *play) error {
		p.cleanup = append(p.cleanup, func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "apply", "-f", cluster.Samples+"/4-rollouts.yaml")
			return err
		})
		for _, s := range cluster.Chain {
			if _, err := p.Kubectl(ctx, "patch", "rollouts.rollouts.kruise.io", "rollouts-"+s, "-n", cluster.Namespace, "--type=json",
				"-p", `[{"op": "remove", "path": "/spec/strategy/canary/patchPodTemplateMetadata"}]`); err != nil {
				return err
			}
		}
		return p.AwaitRest(ctx, time.Minute)
	}}
}

// foreignRoute is a user's own way in, which names no subset.
const foreignRoute = "test/e2e/manifests/foreign-route.yaml"

func addForeignRoute() step {
	return step{"a user's route to mocka that names no subset", func(ctx context.Context, p *play) error {
		p.cleanup = append(p.cleanup, func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "delete", "-f", foreignRoute, "--ignore-not-found")
			return err
		})
		_, err := p.Kubectl(ctx, "apply", "-f", foreignRoute)
		return err
	}}
}

// foreignStreams take the user's route, one of them with a tag.
var foreignStreams = []load.Stream{
	{Name: "foreign", Path: "/user", Rate: 50},
	{Name: "foreign tagged", Path: "/user", Tag: cluster.Lane, Rate: 50},
}

// foreignEntry judges the streams of the user's route: at the entry they are
// like anybody untagged. The tag decides from there on, which the other streams
// show. Before the gateway knows the route it answers 404; that is not ours.
func foreignEntry(t *testing.T, p *play, records []load.Record) []load.Record {
	var ours, entries []load.Record
	for _, r := range records {
		switch {
		case !strings.HasPrefix(r.Stream, "foreign"):
			ours = append(ours, r)
		case len(entries) == 0 && strings.HasPrefix(r.Err, "HTTP 404"):
		default:
			if len(r.Chain) > 0 {
				r.Chain, r.Tag = r.Chain[:1], ""
			}
			entries = append(entries, r)
		}
	}
	report := promise.Check(p.Timeline.Events(), entries, cluster.Chain[0])
	if report.Lost+report.Misrouted > 0 || report.Sent == 0 {
		t.Errorf("the user's route: %s", report)
	}
	return ours
}
