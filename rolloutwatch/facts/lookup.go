package facts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// servicesOf finds the Services of a namespace that select pods with these
// labels, sorted.
func (c *Cluster) servicesOf(ctx context.Context, namespace string, labels map[string]string) ([]types.NamespacedName, error) {
	var out []types.NamespacedName
	for k, v := range labels {
		var list corev1.ServiceList
		if err := c.list(ctx, &list, namespace, indexSelector, pair(k, v)); err != nil {
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
func (c *Cluster) podsOf(ctx context.Context, s *corev1.Service) ([]corev1.Pod, error) {
	var list corev1.PodList
	if err := c.list(ctx, &list, s.Namespace, indexLabels, selectorPair(s)); err != nil {
		return nil, err
	}
	pods := slices.DeleteFunc(list.Items, func(p corev1.Pod) bool {
		return podEnded(&p) || !lane.Selects(s.Spec.Selector, p.Labels)
	})
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods, nil
}

// workloadsSelectedBy finds the workloads whose template a Service selects, sorted.
func (c *Cluster) workloadsSelectedBy(ctx context.Context, s *corev1.Service) ([]Workload, error) {
	var list appsv1.DeploymentList
	if err := c.list(ctx, &list, s.Namespace, indexTemplate, selectorPair(s)); err != nil {
		return nil, err
	}
	workloads := workloadsIn(list)
	workloads = slices.DeleteFunc(workloads, func(w Workload) bool { return !lane.Selects(s.Spec.Selector, w.Template) })
	slices.SortFunc(workloads, func(a, b Workload) int { return strings.Compare(a.Ref.String(), b.Ref.String()) })
	return workloads, nil
}

// canariesOf finds the canary workloads of a stable one.
func (c *Cluster) canariesOf(ctx context.Context, stable types.NamespacedName) ([]Workload, error) {
	var list appsv1.DeploymentList
	err := c.list(ctx, &list, stable.Namespace, indexCanaryOf, stable.Name)
	return workloadsIn(list), err
}

func workloadsIn(list appsv1.DeploymentList) []Workload {
	out := make([]Workload, len(list.Items))
	for i := range list.Items {
		out[i] = workloadOf(&list.Items[i])
	}
	return out
}

// workload reads a workload of a kind that is cached; the zero value when it does not
// exist.
func (c *Cluster) workload(ctx context.Context, namespace string, ref Ref) (Workload, error) {
	obj := WorkloadKinds()[0]
	ok, err := c.Get(ctx, types.NamespacedName{Namespace: namespace, Name: ref.Name}, obj)
	if err != nil || !ok {
		return Workload{}, err
	}
	return workloadOf(obj), nil
}

func (c *Cluster) list(ctx context.Context, list client.ObjectList, namespace, field, value string) error {
	err := c.Cache.List(ctx, list, client.InNamespace(namespace), client.MatchingFields{field: value}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return fmt.Errorf("listing %T of namespace %s by %s %s: %w", list, namespace, field, value, err)
	}
	return nil
}
