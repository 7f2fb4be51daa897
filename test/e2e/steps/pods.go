package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Pods that die or are replaced.

// KillLane kills all processes of all canary pods at once: applications and
// sidecars, with no word to the API. One request per pod may be lost. The mesh is not
// told for a moment either, so that it is for their callers to pass them over.
func KillLane(services ...string) scenario.Step {
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

// ReplaceCanary deletes the canary pods, so that others start.
func ReplaceCanary(service string) scenario.Step {
	return scenario.Step{What: "other canary pods of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		pods, err := p.CanaryPods(ctx, service)
		if err != nil {
			return err
		}
		_, err = p.Kubectl(ctx, append([]string{"delete", "pods", "-n", cluster.Namespace}, names(pods)...)...)
		return err
	}}
}

// ServesNobody waits until every canary pod says that it is of no lane and not of
// the baseline, and the group says so too.
func ServesNobody(service string) scenario.Step {
	return scenario.Step{What: "nobody meets the canary of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		err := cluster.Await(ctx, "canary pods that are outside", time.Minute, func(ctx context.Context) (string, error) {
			pods, err := p.CanaryPods(ctx, service)
			if err != nil || len(pods) == 0 {
				return "there is none", err
			}
			for _, pod := range pods {
				_, tagged := pod.Labels["ASM_TRAFFIC_TAG"]
				if _, outside := pod.Labels[lanev1.LabelOutside]; tagged || !outside {
					return fmt.Sprintf("pod %s has labels %v", pod.Name, pod.Labels), nil
				}
			}
			return "", nil
		})
		if err != nil {
			return err
		}
		return awaitRow(ctx, p, service, row{lanev1.ReasonLaneUnknown, `names "nobody"`})
	}}
}

// ReplacePods replaces the baseline pods of the services one after the other, as
// nodes that are drained do.
func ReplacePods(services ...string) scenario.Step {
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

func names(pods []corev1.Pod) []string {
	var all []string
	for _, p := range pods {
		all = append(all, p.Name)
	}
	return all
}
