package cluster

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Product is the overlay of manifests/default that tests deploy; Settle is the
// time it sets.
const (
	Product = "test/e2e/manifests/product"
	Samples = "manifests/samples/full-chain"
	Settle  = 2 * time.Second
)

// ProductNamespace is where the manager runs.
const ProductNamespace = "lanekeeper-system"

// ProductWithFaults is Product with its calls led through package apifault.
const ProductWithFaults = "test/e2e/manifests/faults"

// DeployProduct applies the product's manifests and waits until every replica
// of the manager is ready.
func (c *Cluster) DeployProduct(ctx context.Context) error { return c.Deploy(ctx, Product) }

// Deploy applies an overlay of the product. Managers that run already are
// started anew, since their program may be another now.
func (c *Cluster) Deploy(ctx context.Context, overlay string) error {
	if _, err := c.Kubectl(ctx, "apply", "--server-side", "--force-conflicts", "-k", overlay); err != nil {
		return err
	}
	if _, err := c.Kubectl(ctx, "-n", ProductNamespace, "rollout", "restart", "deployment"); err != nil {
		return err
	}
	return c.AwaitDeployments(ctx, ProductNamespace)
}

// EnsureSamples applies the full chain unless it is there already. On a stack
// that was kept its applications may have come to other versions, and applying
// them again would publish the first ones.
func (c *Cluster) EnsureSamples(ctx context.Context) error {
	if _, err := c.Versions(ctx); err == nil {
		return nil
	}
	return c.ApplySamples(ctx)
}

// ApplySamples applies the full chain as it stands and waits until it is at
// rest.
func (c *Cluster) ApplySamples(ctx context.Context) error {
	// kubectl tries again: the webhook of Kruise or ours may need a moment.
	if err := Await(ctx, "the samples to be accepted", time.Minute, func(ctx context.Context) (string, error) {
		_, err := c.Kubectl(ctx, "apply", "-k", Samples)
		return "", err
	}); err != nil {
		return err
	}
	return c.AwaitRest(ctx, 2*time.Minute)
}

// Reset deletes the samples' applications and Rollouts, whatever state they are
// in, and applies them anew.
func (c *Cluster) Reset(ctx context.Context) error {
	for _, args := range [][]string{
		{"delete", "rollouts.rollouts.kruise.io", "--all", "-n", Namespace, "--timeout=60s"},
		{"delete", "deployments", "--all", "-n", Namespace, "--timeout=60s"},
		{"wait", "--for=delete", "pods", "--all", "-n", Namespace, "--timeout=60s"},
	} {
		if _, err := c.Kubectl(ctx, args...); err != nil {
			return err
		}
	}
	return c.ApplySamples(ctx)
}

// AwaitDeployments waits until every Deployment of the namespace has all its
// replicas, of its newest template, available.
func (c *Cluster) AwaitDeployments(ctx context.Context, namespace string) error {
	return Await(ctx, "the Deployments of "+namespace, 2*time.Minute, func(ctx context.Context) (string, error) {
		var all appsv1.DeploymentList
		if err := c.Client.List(ctx, &all, client.InNamespace(namespace)); err != nil {
			return "", err
		}
		if len(all.Items) == 0 {
			return "there is no Deployment", nil
		}
		for _, d := range all.Items {
			if missing := unfinished(&d); missing != "" {
				return missing, nil
			}
		}
		return "", nil
	})
}

// AwaitDeployment is AwaitDeployments for one of them.
func (c *Cluster) AwaitDeployment(ctx context.Context, namespace, name string) error {
	return Await(ctx, "the Deployment "+name, 2*time.Minute, func(ctx context.Context) (string, error) {
		var d appsv1.Deployment
		if err := c.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &d); err != nil {
			return "", err
		}
		return unfinished(&d), nil
	})
}

func unfinished(d *appsv1.Deployment) string {
	want := *d.Spec.Replicas
	s := d.Status
	if s.ObservedGeneration == d.Generation && s.UpdatedReplicas == want && s.AvailableReplicas == want && s.Replicas == want {
		return ""
	}
	return fmt.Sprintf("Deployment %s has %d of %d replicas, %d updated, %d available", d.Name, s.Replicas, want, s.UpdatedReplicas, s.AvailableReplicas)
}
