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
	"lanekeeper.io/test/e2e/timeline"
)

// Managers that die, freeze, or are not there.

func away(p *play)              { p.Timeline.Add(timeline.Event{Kind: timeline.Away}) }
func back(p *play)              { p.Timeline.Add(timeline.Event{Kind: timeline.Back}) }
func tell(p *play, what string) { p.Timeline.Add(timeline.Event{Kind: timeline.Note, Detail: what}) }

// killLeaderAt kills the leader after its n-th write from now.
func killLeaderAt(n int) step {
	return step{fmt.Sprintf("the leader is killed after write %d", n), func(ctx context.Context, p *play) error {
		return atWrite(ctx, p, n, func(leader string) {
			tell(p, "kill -9 the leader "+leader)
			_ = p.Stack.SignalPod(cluster.ProductNamespace, leader, "", syscall.SIGKILL)
		})
	}}
}

// freezeLeaderAt freezes the leader with its n-th write from now under way, for
// longer than its lease lasts. The write arrives when another leads already.
func freezeLeaderAt(n int) step {
	return step{fmt.Sprintf("the leader freezes in write %d", n), func(ctx context.Context, p *play) error {
		return atWrite(ctx, p, n, func(leader string) {
			tell(p, "SIGSTOP for the leader "+leader)
			_ = p.Stack.SignalPod(cluster.ProductNamespace, leader, "", syscall.SIGSTOP)
			if err := p.AwaitLeader(ctx, leader); err != nil {
				tell(p, err.Error())
			}
			_ = pass(ctx, 3*time.Second) // the new one writes
			tell(p, "SIGCONT for the leader "+leader)
			_ = p.Stack.SignalPod(cluster.ProductNamespace, leader, "", syscall.SIGCONT)
		})
	}}
}

// atWrite does something while the n-th write to the mesh from now is held.
func atWrite(ctx context.Context, p *play, n int, do func(leader string)) error {
	leader, err := p.Leader(ctx)
	if err != nil {
		return err
	}
	away(p)
	var mu sync.Mutex
	p.faulty.Before(func(c apifault.Call) apifault.Fault {
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
	p.cleanup = append(p.cleanup, func(context.Context) error { return p.faulty.Heal() })
	return nil
}

// writtenAtMost counts the writes to the mesh: two writers that undo each other
// write more than one does.
func writtenAtMost(n int) step {
	return step{fmt.Sprintf("at most %d mesh writes", n), func(_ context.Context, p *play) error {
		if is := timeline.Writes(p.Timeline.Events()); is > n {
			return fmt.Errorf("there were %d", is)
		}
		return nil
	}}
}

// switchOff ends all managers; switchOn starts them again.
func switchOff() step {
	return step{"switch the managers off", func(ctx context.Context, p *play) error {
		away(p)
		p.cleanup = append(p.cleanup, p.SwitchOn)
		return p.SwitchOff(ctx)
	}}
}

func switchOn() step {
	return step{"switch the managers on", func(ctx context.Context, p *play) error {
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
func replacePods(services ...string) step {
	return step{"replace the pods of " + strings.Join(services, ", "), func(ctx context.Context, p *play) error {
		for _, s := range services {
			if err := replaceOneByOne(ctx, p, s+"-v1"); err != nil {
				return err
			}
		}
		return nil
	}}
}

func replaceOneByOne(ctx context.Context, p *play, deployment string) error {
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
