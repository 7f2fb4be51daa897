package facts

import (
	"cmp"
	"context"
	"fmt"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// What keeps a Rollout's pods out of their lane. The webhook warns whoever applies the
// Rollout, and the lane's conditions tell the same later.

// Advice returns the problems of a Rollout in the namespace, whatever is stored under its
// name. A problem may occur more than once.
func (c *Cluster) Advice(ctx context.Context, namespace string, r *kruisev1beta1.Rollout) ([]lane.Problem, error) {
	registry, err := c.Registry(ctx)
	if err != nil || len(registry.groups) == 0 {
		return nil, err
	}
	var out []lane.Problem
	groups := registry.sorted()
	for _, g := range groups {
		for _, service := range g.Services {
			if service.Namespace == namespace && routedByKruise(r, service.Name) {
				out = append(out, routingConflict(r, g.Group, service))
			}
		}
	}
	ref := releasedBy(r)
	if _, known := ref.known(); !known {
		return out, nil
	}
	workload, err := c.workload(ctx, namespace, ref)
	if err != nil {
		return nil, err
	}
	if !workload.Exists() {
		if registry.namesLane(r) {
			out = append(out, lane.Problem{Reason: apiv1.ReasonWorkloadNotFound, Message: fmt.Sprintf(
				"the Rollout releases into a lane, but %s %s does not exist in namespace %s yet", ref.Kind, lane.Brief(ref.Name), namespace)})
		}
		return out, nil
	}
	services, err := c.servicesOf(ctx, namespace, workload.Template)
	for _, g := range groups {
		for _, service := range services {
			if g.Has(service) {
				out = append(out, advice(r, workload, g.Group, service)...)
			}
		}
	}
	return out, err
}

func advice(r *kruisev1beta1.Rollout, workload Workload, group lane.Group, service types.NamespacedName) []lane.Problem {
	if problem := cmp.Or(unsupported(r), group.NotFollowed(r.Name)); problem != nil {
		return []lane.Problem{*problem}
	}
	return append(obstacles(r, workload, group, service), styleNotes(r, workload)...)
}

// unsupported is why a Rollout cannot release into a lane; nil when it can.
func unsupported(r *kruisev1beta1.Rollout) *lane.Problem {
	if _, known := releasedBy(r).known(); !known {
		return &lane.Problem{Reason: apiv1.ReasonNotYetSupported, Message: fmt.Sprintf(
			"Rollout %s releases a %s; lanes follow Rollouts of %s only, so its pods keep the labels of their template", r.Name, lane.Brief(r.Spec.WorkloadRef.Kind), knownKinds)}
	}
	if r.Spec.Strategy.IsEmptyRelease() {
		return &lane.Problem{Reason: apiv1.ReasonNotYetSupported, Message: fmt.Sprintf(
			"Rollout %s has no strategy, so its pods keep the labels of their template: set strategy.canary or strategy.blueGreen", r.Name)}
	}
	return nil
}

// knownKinds are the kinds of workloadKinds, as people say them.
const knownKinds = "Deployments, StatefulSets, and OpenKruise's CloneSets, StatefulSets and DaemonSets"

// obstacles are what keeps the pods of a Rollout that lanes follow out of the
// Service's lanes, the gravest first.
func obstacles(r *kruisev1beta1.Rollout, stable Workload, group lane.Group, service types.NamespacedName) []lane.Problem {
	var out []lane.Problem
	if routedByKruise(r, service.Name) {
		out = append(out, routingConflict(r, group, service))
	}
	if keys := group.LabelKeysIn(stable.Selector); len(keys) > 0 {
		out = append(out, lane.Problem{Reason: apiv1.ReasonLaneLabelInSelector, Message: fmt.Sprintf(
			"%s %s selects its pods by the lane label %s, so the canary pods of Rollout %s cannot carry another: %s",
			stable.Ref.Kind, stable.Ref.Name, keys[0], r.Name, lane.CureSelector)})
	}
	if _, problem := lane.TargetLane(group, service, targetOf(r)); problem != nil {
		out = append(out, *problem)
	}
	return out
}

func routingConflict(r *kruisev1beta1.Rollout, group lane.Group, service types.NamespacedName) lane.Problem {
	return lane.Problem{Reason: apiv1.ReasonTrafficRoutingConflict, Message: fmt.Sprintf(
		"trafficRoutings on service %s takes canary pods out of the Service, and so out of the lanes of group %s: remove trafficRoutings from Rollout %s, the lane routes the requests",
		service, group.Name, r.Name)}
}

// unlabelledTemplate is the problem of a template without the baseline's label: its pods
// are the baseline's only as long as the Rollout drives the workload. Those that start
// without the Rollout would get no requests, or those of another lane whose label the template
// carries: then the baseline was moved away from this workload, and its pods went along.
func unlabelledTemplate(r *kruisev1beta1.Rollout, stable Workload, group lane.Group, service types.NamespacedName) []lane.Problem {
	baseline, ok := group.BaselineOf(service)
	if !ok || !stable.Exists() || lane.Selects(baseline.Selector, stable.Template) {
		return nil
	}
	if other, ok := group.LaneOf(stable.Template); ok {
		back := fmt.Sprintf("let serviceLevelFallbackTarget of %s name lane %s", service, other.Name)
		if group.Mode == lane.Strict {
			back = fmt.Sprintf("let annotation %s of the group name lane %s", apiv1.AnnotationBaseline, other.Name)
		}
		return []lane.Problem{{Reason: apiv1.ReasonUnlabelledTemplate, Message: fmt.Sprintf(
			"%s %s has the label of lane %s in its pod template, and its pods are of lane %s, the baseline, because Rollout %s drives it: everybody meets them, beside the pods that are that lane's by their own label; "+
				"%s, or remove the Rollout and restart the workload",
			stable.Ref.Kind, stable.Ref.Name, other.Name, baseline.Name, r.Name, back)}}
	}
	return []lane.Problem{{Reason: apiv1.ReasonUnlabelledTemplate, Message: fmt.Sprintf(
		"the pod template of %s %s does not carry %s, the label of lane %s: its pods are labelled only as long as Rollout %s drives it, add the label to the template",
		stable.Ref.Kind, stable.Ref.Name, labels.FormatLabels(baseline.Selector), baseline.Name, r.Name)}}
}
