package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// leaseName is that of the managers' leader.
const leaseName = "lanekeeper"

// Managers are the managers' pods, but for those that are about to go.
func (c *Cluster) Managers(ctx context.Context) ([]corev1.Pod, error) {
	pods, err := c.managerPods(ctx)
	return slices.DeleteFunc(pods, func(p corev1.Pod) bool { return p.DeletionTimestamp != nil }), err
}

func (c *Cluster) managerPods(ctx context.Context) ([]corev1.Pod, error) {
	var pods corev1.PodList
	err := c.Client.List(ctx, &pods, client.InNamespace(ProductNamespace))
	return pods.Items, err
}

// Leader is the pod that holds the managers' lease, or held it last.
func (c *Cluster) Leader(ctx context.Context) (string, error) {
	lease, err := c.lease(ctx)
	if err != nil {
		return "", err
	}
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		return "", fmt.Errorf("nobody leads")
	}
	pod, _, _ := strings.Cut(*lease.Spec.HolderIdentity, "_")
	return pod, nil
}

func (c *Cluster) lease(ctx context.Context) (*coordinationv1.Lease, error) {
	lease := &coordinationv1.Lease{}
	return lease, c.Client.Get(ctx, client.ObjectKey{Namespace: ProductNamespace, Name: leaseName}, lease)
}

// AwaitLeader waits until another manager than the given one leads.
func (c *Cluster) AwaitLeader(ctx context.Context, but string) error {
	return Await(ctx, "another leader", 2*time.Minute, func(ctx context.Context) (string, error) {
		leader, err := c.Leader(ctx)
		if err == nil && leader == but {
			return leader + " still leads", nil
		}
		return "", err
	})
}

// AwaitLed waits until a manager leads. One that was killed holds the lease for a
// while and does not renew it.
func (c *Cluster) AwaitLed(ctx context.Context) error {
	since := time.Now()
	return Await(ctx, "a manager that leads", 2*time.Minute, func(ctx context.Context) (string, error) {
		lease, err := c.lease(ctx)
		if err != nil {
			return "", err
		}
		if lease.Spec.RenewTime == nil || !lease.Spec.RenewTime.After(since) {
			return "nobody renews the lease", nil
		}
		return "", nil
	})
}

// AwaitNoOldManager waits until no manager is left that is about to go: until
// then it may lead.
func (c *Cluster) AwaitNoOldManager(ctx context.Context) error {
	return Await(ctx, "the old managers to end", 2*time.Minute, func(ctx context.Context) (string, error) {
		pods, err := c.managerPods(ctx)
		for _, p := range pods {
			if p.DeletionTimestamp != nil {
				return p.Name + " is still there", nil
			}
		}
		return "", err
	})
}

// SwitchOff ends all managers, and returns when none is left.
func (c *Cluster) SwitchOff(ctx context.Context) error {
	if _, err := c.Kubectl(ctx, "-n", ProductNamespace, "scale", "deployment/lanekeeper", "--replicas=0"); err != nil {
		return err
	}
	return Await(ctx, "the managers to end", 2*time.Minute, func(ctx context.Context) (string, error) {
		pods, err := c.managerPods(ctx)
		if n := len(pods); n > 0 {
			return fmt.Sprintf("there are %d", n), nil
		}
		return "", err
	})
}

// SwitchOn starts the managers again.
func (c *Cluster) SwitchOn(ctx context.Context) error {
	if _, err := c.Kubectl(ctx, "-n", ProductNamespace, "scale", "deployment/lanekeeper", "--replicas=2"); err != nil {
		return err
	}
	return c.AwaitDeployments(ctx, ProductNamespace)
}

// ReplaceManagers starts other managers, and returns when the old ones are gone.
func (c *Cluster) ReplaceManagers(ctx context.Context) error {
	if _, err := c.Kubectl(ctx, "-n", ProductNamespace, "rollout", "restart", "deployment/lanekeeper"); err != nil {
		return err
	}
	if err := c.AwaitDeployments(ctx, ProductNamespace); err != nil {
		return err
	}
	return c.AwaitNoOldManager(ctx)
}
