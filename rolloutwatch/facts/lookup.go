package facts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
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
	var out []Workload
	for _, k := range workloadKinds {
		if !c.reads(k) {
			continue
		}
		found, err := c.workloadsOf(ctx, k, s.Namespace, indexTemplate, selectorPair(s))
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	out = slices.DeleteFunc(out, func(w Workload) bool { return !lane.Selects(s.Spec.Selector, w.Template) })
	slices.SortFunc(out, func(a, b Workload) int { return strings.Compare(a.Ref.String(), b.Ref.String()) })
	return out, nil
}

// canariesOf finds the canary workloads of a stable one.
func (c *Cluster) canariesOf(ctx context.Context, stable types.NamespacedName) ([]Workload, error) {
	return c.workloadsOf(ctx, workloadKinds[0], stable.Namespace, indexCanaryOf, stable.Name)
}

func (c *Cluster) workloadsOf(ctx context.Context, k workloadKind, namespace, field, value string) ([]Workload, error) {
	list := k.list.DeepCopyObject().(client.ObjectList)
	if err := c.list(ctx, list, namespace, field, value); err != nil {
		return nil, err
	}
	var out []Workload
	err := meta.EachListItem(list, func(o runtime.Object) error {
		out = append(out, workloadOf(o.(client.Object)))
		return nil
	})
	return out, err
}

// workload reads a workload; the zero value when it does not exist, or is of a kind that lanes do not
// know or that is not served.
func (c *Cluster) workload(ctx context.Context, namespace string, ref Ref) (Workload, error) {
	k, ok := ref.known()
	if !ok || !c.reads(k) {
		return Workload{}, nil
	}
	obj := k.new()
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
