package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// What tags mean. Streams send them from the start; what they mean changes.

// TagsOfNobody says that no lane has these tags yet.
func TagsOfNobody(tags ...string) scenario.Step {
	return scenario.Step{What: "nobody has other tags", Do: func(_ context.Context, p *scenario.Play) error {
		for _, tag := range tags {
			p.Timeline.Add(timeline.Event{Kind: timeline.TagGone, Tag: tag})
		}
		return nil
	}}
}

func tagMoves(p *scenario.Play, tag string) {
	p.Timeline.Add(timeline.Event{Kind: timeline.TagMoves, Tag: tag})
}

// tagServes is noted when every proxy knows what was written last; requests are
// owed to the lane for a while then.
func tagServes(ctx context.Context, p *scenario.Play, tag string) error {
	return tagSettles(ctx, p, timeline.TagServes, tag)
}

func tagGone(ctx context.Context, p *scenario.Play, tag string) error {
	return tagSettles(ctx, p, timeline.TagGone, tag)
}

func tagSettles(ctx context.Context, p *scenario.Play, kind timeline.Kind, tag string) error {
	if err := scenario.Pass(ctx, cluster.Settle); err != nil {
		return err
	}
	p.Timeline.Add(timeline.Event{Kind: kind, Tag: tag})
	return scenario.Pass(ctx, cluster.Settle)
}

func awaitEntryRoute(ctx context.Context, p *scenario.Play, name string, there bool) error {
	return cluster.Await(ctx, fmt.Sprintf("an entry route %s: %t", name, there), time.Minute, func(ctx context.Context) (string, error) {
		entry, err := entryRoutes(ctx, p)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(entry.Spec.Http, func(r *networkingapi.HTTPRoute) bool { return r.Name == name }) == there {
			return "", nil
		}
		return "it is not so", nil
	})
}

// entryRoutes is the group's VirtualService on the gateway.
func entryRoutes(ctx context.Context, p *scenario.Play) (*networkingv1.VirtualService, error) {
	vs := &networkingv1.VirtualService{}
	return vs, p.Client.Get(ctx, client.ObjectKey{Namespace: "istio-system", Name: "swimlane-ingress-vs-" + cluster.Group}, vs)
}
