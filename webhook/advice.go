package webhook

import (
	"context"
	"fmt"
	"slices"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// routingAdvice warns of Kruise's own routing on a Service that has lanes.
func routingAdvice(groups []lane.Group, namespace string, strategy rolloutsv1beta1.RolloutStrategy) []string {
	if strategy.IsEmptyRelease() {
		return nil
	}
	var warnings []string
	for _, routing := range strategy.GetTrafficRouting() {
		service := types.NamespacedName{Namespace: namespace, Name: routing.Service}
		for _, g := range groups {
			if g.Has(service) {
				warnings = append(warnings, fmt.Sprintf(
					"trafficRoutings on service %s takes canary pods out of the Service, and so out of the lanes of group %s: remove trafficRoutings, the lane routes the requests", service, g.Name))
			}
		}
	}
	return warnings
}

// workloadAdvice warns of a Rollout into a lane whose workload is not there.
func workloadAdvice(groups []lane.Group, namespace string, r *rolloutsv1beta1.Rollout) []string {
	into := r.Annotations[apiv1.AnnotationLane] != ""
	for _, g := range groups {
		for _, key := range g.LabelKeys() {
			_, ok := patchedLabels(r)[key]
			into = into || ok
		}
	}
	if !into {
		return nil
	}
	return []string{fmt.Sprintf("the Rollout releases into a lane, but Deployment %s does not exist in namespace %s yet", r.Spec.WorkloadRef.Name, namespace)}
}

// releaseAdvice warns of what keeps a Rollout's pods out of their lane.
func releaseAdvice(g lane.Group, service types.NamespacedName, r *rolloutsv1beta1.Rollout, workload *appsv1.Deployment) []string {
	if canary := r.Spec.Strategy.Canary; canary == nil || !canary.EnableExtraWorkloadForCanary {
		return []string{fmt.Sprintf(
			"service %s of group %s gets no lane from this Rollout: lanes follow the canary style only (strategy.canary.enableExtraWorkloadForCanary: true)", service, g.Name)}
	}
	var warnings []string
	for _, key := range g.LabelKeysIn(workload.Spec.Selector) {
		warnings = append(warnings, fmt.Sprintf(
			"Deployment %s selects its pods by the lane label %s, so its pods can never change lanes: leave the label to the pod template", workload.Name, key))
	}
	target := lane.Target{PodLabels: patchedLabels(r), Annotation: r.Annotations[apiv1.AnnotationLane]}
	if _, problem := lane.TargetLane(g, service, target); problem != nil {
		warnings = append(warnings, problem.Message)
	}
	return warnings
}

// selecting returns the Services of the group that select pods with these labels.
func (a *rolloutAdviser) selecting(ctx context.Context, g lane.Group, namespace string, pod map[string]string) ([]types.NamespacedName, error) {
	var keys []types.NamespacedName
	for _, key := range g.Services {
		if key.Namespace != namespace {
			continue
		}
		var service corev1.Service
		if err := a.cache.Get(ctx, key, &service); err != nil {
			if client.IgnoreNotFound(err) == nil {
				continue
			}
			return nil, fmt.Errorf("reading Service %s: %w", key, err)
		}
		if len(service.Spec.Selector) > 0 && labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod)) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func patchedLabels(r *rolloutsv1beta1.Rollout) map[string]string {
	if canary := r.Spec.Strategy.Canary; canary != nil && canary.PatchPodTemplateMetadata != nil {
		return canary.PatchPodTemplateMetadata.Labels
	}
	return nil
}

func distinct(warnings []string) []string {
	slices.Sort(warnings)
	return slices.Compact(warnings)
}
