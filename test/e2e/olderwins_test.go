package e2e

import (
	"context"
	"fmt"
	"maps"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// Two groups that want the same, in the middle of a release. The samples' is the
// older and has it; once that is gone the younger has it.

const (
	frontFile  = "test/e2e/manifests/older-wins/front.yaml"
	secondFile = "test/e2e/manifests/older-wins/second.yaml"
	// second is the younger group. The pods of its lane canary-2 are those of the
	// samples' lane, its lane guest has none.
	second  = "second"
	canary2 = "canary-2"
	guest   = "guest"
)

var olderWinsStreams = append([]load.Stream{
	{Name: canary2, Path: "/mock", Tag: canary2, Rate: 50},
	{Name: guest, Path: "/mock", Tag: guest, Rate: 20},
}, userStreams...)

func olderWins() []scenario.Step {
	return []scenario.Step{
		tagsOfNobody(canary2, guest), addForeignRoute(), apply(frontFile),
		publish("mockb", "mockc"), inLane("mockb", "mockc"),
		changesNothing("a younger group", apply(secondFile), youngerSaysWhoHasIt()),
		changesNothing("its end", takeAway(secondFile)),
		apply(secondFile), youngerSaysWhoHasIt(),
		olderGoes(), youngerGoes(), restoreFirst(),
		wait(promise.Join), approve("mockb", "mockc"), rest(),
	}
}

// youngerSaysWhoHasIt: the row says who has the Service, and the entry who has the
// requests; nobody is in its lane. What nobody else wants is the younger's.
func youngerSaysWhoHasIt() scenario.Step {
	return scenario.Step{What: "the younger group says who has what it wants", Do: func(ctx context.Context, p *scenario.Play) error {
		const service = "Service default/mockb belongs to the older group rollout"
		const requests = "of the older group rollout on Gateway istio-system/ingressgateway"
		if err := awaitGroupOf(ctx, p, second, lanev1.ConditionIngressProgrammed, lanev1.ReasonConflict, requests); err != nil {
			return err
		}
		if err := awaitGroupOf(ctx, p, second, lanev1.ConditionReady, lanev1.ReasonConflict, service); err != nil {
			return err
		}
		if err := p.AwaitLane(ctx, canary2); err != nil {
			return err
		}
		return cluster.Await(ctx, "the younger group to have its own service", time.Minute, func(ctx context.Context) (string, error) {
			g, err := groupNamed(ctx, p, second)
			if err != nil || g.Status.ServicesReady == "1/2" {
				return "", err
			}
			return "it has " + g.Status.ServicesReady, nil
		})
	}}
}

// changesNothing lets somebody do something that is not the samples' group's
// business.
func changesNothing(what string, steps ...scenario.Step) scenario.Step {
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

// olderGoes: the younger has the Service when nothing of the older is left there,
// and then who is in which lane is its word alone.
func olderGoes() scenario.Step {
	return scenario.Step{What: "the older group is deleted, and the younger has what it wanted", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, cluster.Lane)
		tagMoves(p, canary2)
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "asmswimlanegroup", cluster.Group, "--timeout=60s"); err != nil {
			return err
		}
		if err := awaitGroupOf(ctx, p, second, lanev1.ConditionReady, lanev1.ReasonProgrammed, ""); err != nil {
			return err
		}
		if err := awaitServing(ctx, p, canary2, "mockb"); err != nil {
			return err
		}
		if err := awaitSubsets(ctx, p, "mockb", "base-2", canary2); err != nil {
			return err
		}
		if err := tagServes(ctx, p, canary2); err != nil {
			return err
		}
		return tagGone(ctx, p, cluster.Lane)
	}}
}

func youngerGoes() scenario.Step {
	return scenario.Step{What: "the younger group is deleted", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, canary2)
		if err := takeAway(secondFile).Do(ctx, p); err != nil {
			return err
		}
		return tagGone(ctx, p, canary2)
	}}
}

func restoreFirst() scenario.Step {
	return scenario.Step{What: "the samples' group is applied again", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, cluster.Lane)
		if err := restoreLanes("mockb", "mockc").Do(ctx, p); err != nil {
			return err
		}
		return tagServes(ctx, p, cluster.Lane)
	}}
}

// youngerIsServed: nobody is lost on the user's way in, and requests that came in by
// the younger group's entry, while that had the Gateway, met its lane. They took one
// hop more.
func youngerIsServed(p *scenario.Play, records []load.Record) []load.Record {
	served := 0
	records = userIsServed(p, records)
	from, to := youngersTime(p.Timeline.Events())
	for i, r := range records {
		if len(r.Chain) == 0 || r.Chain[0].App != "front" || r.End.Before(from) || r.Start.After(to) {
			continue
		}
		if r.Tag == canary2 && gray(p, r) {
			served++
		}
		records[i].Chain = r.Chain[1:]
	}
	if served == 0 {
		p.Problem("no request met the younger group's lane")
	}
	return records
}

// youngersTime is from when the older group was deleted until nobody knew the
// younger's tag any more.
func youngersTime(events []timeline.Event) (from, to time.Time) {
	for _, e := range events {
		switch {
		case e.Kind == timeline.GroupRemoved:
			from = e.At
		case e.Kind == timeline.TagGone && e.Tag == canary2:
			to = e.At
		}
	}
	return from, to
}
