package steps

import (
	"context"
	"fmt"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// changedHeader is the header that the group changes to; the mock application
// passes it on, too. At the gateway the lanes are still chosen by the old one.
const changedHeader = "x-prefer-lane"

// ChangeRouteHeader has the group route by another header.
func ChangeRouteHeader() scenario.Step {
	return scenario.Step{What: "change routeHeader", Do: func(ctx context.Context, p *scenario.Play) error {
		return routeBy(ctx, p, changedHeader)
	}}
}

// ChangeRouteHeaderBack has it route by the samples' again.
func ChangeRouteHeaderBack() scenario.Step {
	return scenario.Step{What: "change routeHeader back", Do: func(ctx context.Context, p *scenario.Play) error {
		return routeBy(ctx, p, "x-asm-prefer-tag")
	}}
}

func routeBy(ctx context.Context, p *scenario.Play, header string) error {
	tagMoves(p, cluster.Lane)
	if err := editGroup(ctx, p, fmt.Sprintf(`{"permissiveModeConfiguration": {"routeHeader": %q}}`, header)); err != nil {
		return err
	}
	if err := cluster.Await(ctx, "routes by "+header, time.Minute, func(ctx context.Context) (string, error) {
		return routedOtherwise(ctx, p, header)
	}); err != nil {
		return err
	}
	return tagServes(ctx, p, cluster.Lane)
}

// routedOtherwise names an object of ours that does not ask for the header, or
// stamp it.
func routedOtherwise(ctx context.Context, p *scenario.Play, header string) (string, error) {
	var all networkingv1.VirtualServiceList
	if err := p.Client.List(ctx, &all, client.MatchingLabels{lanev1.LabelManagedBy: lanev1.ManagedBy}); err != nil {
		return "", err
	}
	for _, vs := range all.Items {
		for _, r := range vs.Spec.Http {
			_, stamped := r.GetHeaders().GetRequest().GetSet()[header]
			isEntry := vs.Labels[lanev1.LabelEntry] != ""
			matched := len(r.Match) == 0 || r.Match[0].Headers[header] != nil
			if isEntry && !stamped || !isEntry && !matched {
				return fmt.Sprintf("route %s of VirtualService %s does not", r.Name, vs.Name), nil
			}
		}
	}
	return "", nil
}
