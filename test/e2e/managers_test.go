package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/apifault"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Managers that die, freeze, or are not there.

func away(p *scenario.Play) { p.Timeline.Add(timeline.Event{Kind: timeline.Away}) }
func back(p *scenario.Play) { p.Timeline.Add(timeline.Event{Kind: timeline.Back}) }
func tell(p *scenario.Play, what string) {
	p.Timeline.Add(timeline.Event{Kind: timeline.Note, Detail: what})
}

// killLeaderAt kills the leader after its n-th write from now.
func killLeaderAt(n int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("the leader is killed after write %d", n), Do: func(ctx context.Context, p *scenario.Play) error {
		return atWrite(ctx, p, n, func(leader string) {
			tell(p, "kill -9 the leader "+leader)
			_ = p.Stack.SignalPod(cluster.ProductNamespace, leader, "", syscall.SIGKILL)
		})
	}}
}

// freezeLeaderAt freezes the leader with its n-th write from now under way, for
// longer than its lease lasts. The write arrives when another leads already.
func freezeLeaderAt(n int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("the leader freezes in write %d", n), Do: func(ctx context.Context, p *scenario.Play) error {
		return atWrite(ctx, p, n, func(leader string) {
			tell(p, "SIGSTOP for the leader "+leader)
			_ = p.Stack.SignalPod(cluster.ProductNamespace, leader, "", syscall.SIGSTOP)
			if err := p.AwaitLeader(ctx, leader); err != nil {
				tell(p, err.Error())
			}
			_ = scenario.Pass(ctx, 3*time.Second) // the new one writes
			tell(p, "SIGCONT for the leader "+leader)
			_ = p.Stack.SignalPod(cluster.ProductNamespace, leader, "", syscall.SIGCONT)
		})
	}}
}

// atWrite does something while the n-th write to the mesh from now is held.
func atWrite(ctx context.Context, p *scenario.Play, n int, do func(leader string)) error {
	leader, err := p.Leader(ctx)
	if err != nil {
		return err
	}
	away(p)
	var mu sync.Mutex
	p.Faulty.Before(func(c apifault.Call) apifault.Fault {
		mu.Lock()
		here := false
		if c.Mesh() {
			n--
			here = n == 0
		}
		mu.Unlock()
		if here {
			do(leader)
		}
		return apifault.Pass
	})
	p.Cleanup(func(context.Context) error { return p.Faulty.Heal() })
	return nil
}

// writtenAtMost counts the writes to the mesh: two writers that undo each other
// write more than one does.
func writtenAtMost(n int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("at most %d mesh writes", n), Do: func(_ context.Context, p *scenario.Play) error {
		if is := timeline.Writes(p.Timeline.Events()); is > n {
			return fmt.Errorf("there were %d", is)
		}
		return nil
	}}
}

// switchOff ends all managers; switchOn starts them again.
func switchOff() scenario.Step {
	return scenario.Step{What: "switch the managers off", Do: func(ctx context.Context, p *scenario.Play) error {
		away(p)
		p.Cleanup(p.SwitchOn)
		return p.SwitchOff(ctx)
	}}
}

func switchOn() scenario.Step {
	return scenario.Step{What: "switch the managers on", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := p.SwitchOn(ctx); err != nil {
			return err
		}
		if err := p.AwaitRest(ctx, 3*time.Minute); err != nil {
			return err
		}
		back(p)
		return nil
	}}
}

// replacePods replaces the baseline pods of the services one after the other, as
// nodes that are drained do.
func replacePods(services ...string) scenario.Step {
	return scenario.Step{What: "replace the pods of " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range services {
			if err := replaceOneByOne(ctx, p, s+"-v1"); err != nil {
				return err
			}
		}
		return nil
	}}
}

func replaceOneByOne(ctx context.Context, p *scenario.Play, deployment string) error {
	const namespace = cluster.Namespace
	var d appsv1.Deployment
	if err := p.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: deployment}, &d); err != nil {
		return err
	}
	var old corev1.PodList
	if err := p.Client.List(ctx, &old, client.InNamespace(namespace), client.MatchingLabels(d.Spec.Selector.MatchLabels)); err != nil {
		return err
	}
	scale := func(replicas string) error {
		if _, err := p.Kubectl(ctx, "-n", namespace, "scale", "deployment/"+deployment, "--replicas="+replicas); err != nil {
			return err
		}
		return p.AwaitDeployment(ctx, namespace, deployment)
	}
	if err := scale("2"); err != nil {
		return err
	}
	for _, pod := range old.Items {
		if _, err := p.Kubectl(ctx, "-n", namespace, "delete", "pod", pod.Name); err != nil {
			return err
		}
		if err := p.AwaitDeployment(ctx, namespace, deployment); err != nil {
			return err
		}
	}
	return scale("1")
}
