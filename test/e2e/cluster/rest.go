package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
)

// AwaitRest waits until no release is under way and none has left a trace: the
// applications are as their Deployments say, the mesh has the base subset only,
// and the gray lane is empty.
func (c *Cluster) AwaitRest(ctx context.Context, limit time.Duration) error {
	return Await(ctx, "the chain to be at rest", limit, c.unrest)
}

func (c *Cluster) unrest(ctx context.Context) (string, error) {
	for _, look := range []func(context.Context) (string, error){c.unrestOfWorkloads, c.unrestOfRollouts, c.unrestOfMesh, c.unrestOfLane} {
		if missing, err := look(ctx); missing != "" || err != nil {
			return missing, err
		}
	}
	return "", nil
}

func (c *Cluster) unrestOfWorkloads(ctx context.Context) (string, error) {
	var deployments appsv1.DeploymentList
	if err := c.Client.List(ctx, &deployments, client.InNamespace(Namespace)); err != nil {
		return "", err
	}
	for _, d := range deployments.Items {
		if missing := unfinished(&d); missing != "" {
			return missing, nil
		}
	}
	if n := len(deployments.Items); n != len(Chain) {
		return fmt.Sprintf("there are %d Deployments", n), nil
	}
	var pods corev1.PodList
	if err := c.Client.List(ctx, &pods, client.InNamespace(Namespace)); err != nil {
		return "", err
	}
	for _, p := range pods.Items {
		if p.DeletionTimestamp != nil {
			return "pod " + p.Name + " is still terminating", nil
		}
	}
	return "", nil
}

func (c *Cluster) unrestOfRollouts(ctx context.Context) (string, error) {
	for _, service := range Chain {
		r, err := c.Rollout(ctx, service)
		if err != nil {
			return "", err
		}
		if r.Status.Phase != rolloutsv1beta1.RolloutPhaseHealthy {
			return fmt.Sprintf("Rollout %s is %s", r.Name, r.Status.Phase), nil
		}
	}
	return "", nil
}

func (c *Cluster) unrestOfMesh(ctx context.Context) (string, error) {
	for _, service := range Chain {
		subsets, err := c.Subsets(ctx, service)
		if err != nil {
			return "", err
		}
		if !slices.Equal(subsets, []string{Base}) {
			return fmt.Sprintf("the DestinationRule of %s has the subsets %v", service, subsets), nil
		}
	}
	var g lanev1.ASMSwimLaneGroup
	if err := c.Client.Get(ctx, client.ObjectKey{Name: Group}, &g); err != nil {
		return "", err
	}
	for _, condition := range g.Status.Conditions {
		if condition.Type == lanev1.ConditionReady && condition.Status == "True" {
			return "", nil
		}
	}
	return fmt.Sprintf("the group is not Ready: %+v", g.Status.Conditions), nil
}

func (c *Cluster) unrestOfLane(ctx context.Context) (string, error) {
	lane, err := c.GrayLane(ctx)
	if err != nil {
		return "", err
	}
	if len(lane.Status.Services) > 0 {
		return "the lane still has " + lane.Status.ServicesSummary, nil
	}
	return "", nil
}

// GrayLane is the samples' canary lane.
func (c *Cluster) GrayLane(ctx context.Context) (*lanev1.ASMSwimLane, error) {
	return c.lane(ctx, Lane)
}

func (c *Cluster) lane(ctx context.Context, name string) (*lanev1.ASMSwimLane, error) {
	lane := &lanev1.ASMSwimLane{}
	err := c.Client.Get(ctx, client.ObjectKey{Name: name}, lane)
	return lane, err
}

// Subsets of the service's generated DestinationRule, sorted; none when there
// is no such rule.
func (c *Cluster) Subsets(ctx context.Context, service string) ([]string, error) {
	var rules networkingv1.DestinationRuleList
	if err := c.Client.List(ctx, &rules, client.MatchingLabels{
		lanev1.LabelManagedBy: lanev1.ManagedBy, lanev1.LabelService: service,
	}); err != nil {
		return nil, err
	}
	var subsets []string
	for _, r := range rules.Items {
		for _, s := range r.Spec.Subsets {
			subsets = append(subsets, s.Name)
		}
	}
	slices.SortFunc(subsets, strings.Compare)
	return subsets, nil
}

// Versions of the stable Deployments, by service.
func (c *Cluster) Versions(ctx context.Context) (map[string]Version, error) {
	versions := map[string]Version{}
	for _, service := range Chain {
		var d appsv1.Deployment
		if err := c.Client.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: service + "-v1"}, &d); err != nil {
			return nil, err
		}
		v, err := versionOfImage(d.Spec.Template.Spec.Containers[0].Image)
		if err != nil {
			return nil, err
		}
		versions[service] = v
	}
	return versions, nil
}
