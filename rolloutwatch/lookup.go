package rolloutwatch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// servicesOf finds the Services of a namespace that select pods with these
// labels, sorted.
func (f *Facts) servicesOf(ctx context.Context, namespace string, labels map[string]string) ([]types.NamespacedName, error) {
	var out []types.NamespacedName
	for k, v := range labels {
		var list corev1.ServiceList
		if err := f.list(ctx, &list, namespace, indexSelector, pair(k, v)); err != nil {
			return nil, err
		}
		for i := range list.Items {
			if lane.Selects(list.Items[i].Spec.Selector, labels) {
				out = append(out, client.ObjectKeyFromObject(&list.Items[i]))
			}
		}
	}
	slices.SortFunc(out, lane.CompareKeys)
	return out, nil
}

// podsOf finds the pods that a Service selects and that have not ended, sorted.
func (f *Facts) podsOf(ctx context.Context, s *corev1.Service) ([]corev1.Pod, error) {
	var list corev1.PodList
	if err := f.list(ctx, &list, s.Namespace, indexLabels, selectorPair(s)); err != nil {
		return nil, err
	}
	pods := slices.DeleteFunc(list.Items, func(p corev1.Pod) bool {
		return podDead(&p) || !lane.Selects(s.Spec.Selector, p.Labels)
	})
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods, nil
}

// deploymentsOf finds the Deployments whose pods a Service selects, sorted.
func (f *Facts) deploymentsOf(ctx context.Context, s *corev1.Service) ([]appsv1.Deployment, error) {
	var list appsv1.DeploymentList
	if err := f.list(ctx, &list, s.Namespace, indexTemplate, selectorPair(s)); err != nil {
		return nil, err
	}
	deployments := slices.DeleteFunc(list.Items, func(d appsv1.Deployment) bool {
		return !lane.Selects(s.Spec.Selector, d.Spec.Template.Labels)
	})
	slices.SortFunc(deployments, func(a, b appsv1.Deployment) int { return strings.Compare(a.Name, b.Name) })
	return deployments, nil
}

// canariesOf finds the canary Deployments of a stable one.
func (f *Facts) canariesOf(ctx context.Context, stable types.NamespacedName) ([]appsv1.Deployment, error) {
	var list appsv1.DeploymentList
	err := f.list(ctx, &list, stable.Namespace, indexCanaryOf, stable.Name)
	return list.Items, err
}

// rolloutOf finds the Rollout that releases a workload; nil without one. Kruise
// refuses a second one, so of several the first by name is as good as any.
func (f *Facts) rolloutOf(ctx context.Context, namespace string, workload workloadRef) (*kruisev1beta1.Rollout, error) {
	if !f.rollouts.Load() {
		return nil, nil
	}
	var list kruisev1beta1.RolloutList
	if err := f.list(ctx, &list, namespace, indexWorkload, workload.String()); err != nil || len(list.Items) == 0 {
		return nil, err
	}
	first := slices.MinFunc(list.Items, func(a, b kruisev1beta1.Rollout) int { return strings.Compare(a.Name, b.Name) })
	return &first, nil
}

func (f *Facts) list(ctx context.Context, list client.ObjectList, namespace, field, value string) error {
	err := f.Client.List(ctx, list, client.InNamespace(namespace), client.MatchingFields{field: value}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return fmt.Errorf("listing %T of namespace %s by %s %s: %w", list, namespace, field, value, err)
	}
	return nil
}
