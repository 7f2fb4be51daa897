package facts

import (
	"context"
	"fmt"
	"maps"
	"slices"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Field indexes of the cache. Every look-up on the way from an event to its
// Service, and from a Service to its pods, goes through one of them, so that
// none grows with the number of objects in the mesh.
const (
	// indexLabels finds pods by one of their labels, as "key=value".
	indexLabels = "lanekeeper.labels"
	// indexSelector finds Services by the one label of their selector that
	// selectorPair chooses.
	indexSelector = "lanekeeper.selector"
	// indexTemplate finds workloads by one label of their pod template.
	indexTemplate = "lanekeeper.template"
	// indexCanaryOf finds canary workloads by the name of the stable one.
	indexCanaryOf = "lanekeeper.canaryOf"
	// indexOwner finds ReplicaSets by the name of their Deployment.
	indexOwner = "lanekeeper.owner"
	// indexWorkload finds Rollouts by the workload that they release.
	indexWorkload = "lanekeeper.workload"
)

type index struct {
	object client.Object
	field  string
	values client.IndexerFunc
}

func indexes() []index {
	out := []index{
		{&corev1.Pod{}, indexLabels, func(o client.Object) []string { return pairs(o.GetLabels()) }},
		{&corev1.Service{}, indexSelector, func(o client.Object) []string {
			if pair := selectorPair(o.(*corev1.Service)); pair != "" {
				return []string{pair}
			}
			return nil
		}},
		{&appsv1.Deployment{}, indexCanaryOf, func(o client.Object) []string {
			if w := workloadOf(o); w.Canary {
				return []string{w.Stable.Name}
			}
			return nil
		}},
		{replicaSetMeta(), indexOwner, func(o client.Object) []string {
			if owner := metav1.GetControllerOf(o); owner != nil {
				return []string{owner.Name}
			}
			return nil
		}},
	}
	for _, kind := range WorkloadKinds() {
		out = append(out, workloadIndexes(kind)...)
	}
	return out
}

// workloadIndexes are those that every kind of workloads has.
func workloadIndexes(kind client.Object) []index {
	return []index{{kind, indexTemplate, func(o client.Object) []string { return pairs(workloadOf(o).Template) }}}
}

// rolloutIndex is apart from the others: its kind may be served only after the manager
// has started.
func rolloutIndex() index {
	return index{&kruisev1beta1.Rollout{}, indexWorkload, func(o client.Object) []string {
		return []string{releasedBy(o.(*kruisev1beta1.Rollout)).String()}
	}}
}

// AddIndexes adds the indexes of all kinds that are always there.
func AddIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	for _, i := range indexes() {
		if err := i.add(ctx, indexer); err != nil {
			return err
		}
	}
	return nil
}

// AddRolloutIndex adds the index of Rollouts, once their kind is served.
func AddRolloutIndex(ctx context.Context, indexer client.FieldIndexer) error {
	return rolloutIndex().add(ctx, indexer)
}

func (i index) add(ctx context.Context, indexer client.FieldIndexer) error {
	if err := indexer.IndexField(ctx, i.object, i.field, i.values); err != nil {
		return fmt.Errorf("indexing %T by %s: %w", i.object, i.field, err)
	}
	return nil
}

// selectorPair chooses the label of a Service's selector that fewest other
// Services share: the one whose value is the Service's name, else the first.
// It is a matter of speed only: a look-up compares the whole selector.
func selectorPair(s *corev1.Service) string {
	for _, key := range slices.Sorted(maps.Keys(s.Spec.Selector)) {
		if s.Spec.Selector[key] == s.Name {
			return pair(key, s.Name)
		}
	}
	all := pairs(s.Spec.Selector)
	if len(all) == 0 {
		return ""
	}
	return slices.Min(all)
}

func pairs(labels map[string]string) []string {
	out := make([]string, 0, len(labels))
	for k, v := range labels {
		out = append(out, pair(k, v))
	}
	return out
}

func pair(key, value string) string { return key + "=" + value }
