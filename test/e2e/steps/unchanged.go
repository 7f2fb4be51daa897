package steps

import (
	"context"
	"fmt"
	"maps"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// ChangesNothing lets somebody do something that is not the samples' group's
// business.
func ChangesNothing(what string, steps ...scenario.Step) scenario.Step {
	return scenario.Step{What: what + " changes nothing for the older", Do: func(ctx context.Context, p *scenario.Play) error {
		before, err := stateOfOlder(ctx, p)
		if err != nil {
			return err
		}
		if err := p.Do(ctx, steps...); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, 2*cluster.Settle); err != nil {
			return err
		}
		after, err := stateOfOlder(ctx, p)
		if err == nil && !maps.Equal(before, after) {
			err = fmt.Errorf("it was %v, and is %v", before, after)
		}
		return err
	}}
}

// stateOfOlder has the versions of the samples' group, its lanes and its traffic
// objects, and the labels of its pods.
func stateOfOlder(ctx context.Context, p *scenario.Play) (map[string]string, error) {
	state := map[string]string{}
	for list, of := range map[client.ObjectList]client.ListOption{
		&lanev1.ASMSwimLaneGroupList{}:      client.MatchingFields{"metadata.name": cluster.Group},
		&lanev1.ASMSwimLaneList{}:           client.MatchingLabels{lanev1.LabelSwimLaneGroup: cluster.Group},
		&networkingv1.VirtualServiceList{}:  client.MatchingLabels{lanev1.LabelGroup: cluster.Group},
		&networkingv1.DestinationRuleList{}: client.MatchingLabels{lanev1.LabelGroup: cluster.Group},
		&corev1.PodList{}:                   client.InNamespace(cluster.Namespace),
	} {
		if err := p.Client.List(ctx, list, of); err != nil {
			return nil, err
		}
		if err := meta.EachListItem(list, func(o runtime.Object) error {
			what := o.(client.Object)
			name := fmt.Sprintf("%T %s", o, what.GetName())
			state[name] = what.GetResourceVersion()
			if pod, ok := o.(*corev1.Pod); ok {
				state[name] = fmt.Sprint(pod.Labels)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return state, nil
}
