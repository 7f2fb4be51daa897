package e2e

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// killLane kills all processes of all canary pods at once: applications and
// sidecars, with no word to the API. One request per pod may be lost. The mesh is not
// told for a moment either, so that it is for their callers to pass them over.
func killLane(services ...string) scenario.Step {
	return scenario.Step{What: "kill -9 every pod of the lane", Do: func(ctx context.Context, p *scenario.Play) error {
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
		p.MayLose = promise.Allowance{Requests: len(victims), From: time.Now()}
		return untold(ctx, p, func() error {
			return atOnce(ctx, names(victims), func(_ context.Context, pod string) error {
				return p.Stack.SignalPod(cluster.Namespace, pod, "", syscall.SIGKILL)
			})
		})
	}}
}

// untold does what breaks pods, and keeps their endpoints listed as ready for two
// seconds, as a control plane does that is slower than this one.
func untold(ctx context.Context, p *scenario.Play, do func() error) error {
	const controllers = "kube-controller-manager"
	if err := p.Stack.SignalComponent(controllers, syscall.SIGSTOP); err != nil {
		return err
	}
	err := errors.Join(do(), scenario.Pass(ctx, 2*time.Second))
	return errors.Join(err, p.Stack.SignalComponent(controllers, syscall.SIGCONT))
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
func servedAgain(services ...string) scenario.Step {
	return scenario.Step{What: "the lane serves again", Do: func(ctx context.Context, p *scenario.Play) error {
		from := time.Now()
		defer func() {
			p.MayLose.To = time.Now()
			p.Note("a killed lane served again after %.0fs, while its callers had ejected its pods", time.Since(from).Seconds())
		}()
		return cluster.Await(ctx, "tagged requests in the whole lane", 2*time.Minute, func(context.Context) (string, error) {
			last := "none yet"
			for _, r := range p.Records() {
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

func inLaneEverywhere(p *scenario.Play, chain load.Chain, services []string) bool {
	for _, s := range services {
		if hop, ok := chain.Hop(s); !ok || hop.Version != p.Newest[s].String() {
			return false
		}
	}
	return true
}
