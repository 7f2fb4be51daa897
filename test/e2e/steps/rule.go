package steps

import (
	"context"
	"encoding/json"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// Tags that are sent into a lane.

// AddAndRemoveRule sends another tag into the gray lane, and no longer.
func AddAndRemoveRule(tag string) scenario.Step {
	return scenario.Step{What: "another ingress rule for the lane, and none", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, tag)
		if err := setRules(ctx, p, ruleFor(cluster.Lane), ruleFor(tag)); err != nil {
			return err
		}
		if err := awaitEntryRoute(ctx, p, cluster.Lane+"/"+tag, true); err != nil {
			return err
		}
		if err := tagServes(ctx, p, tag); err != nil {
			return err
		}
		tagMoves(p, tag)
		if err := setRules(ctx, p, ruleFor(cluster.Lane)); err != nil {
			return err
		}
		if err := awaitEntryRoute(ctx, p, cluster.Lane+"/"+tag, false); err != nil {
			return err
		}
		return tagGone(ctx, p, tag)
	}}
}

func setRules(ctx context.Context, p *scenario.Play, rules ...lanev1.IngressRule) error {
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"ingressRules": rules}})
	if err != nil {
		return err
	}
	_, err = p.Kubectl(ctx, "patch", "asmswimlane", cluster.Lane, "--type=merge", "-p", string(patch))
	return err
}

// ruleFor is the samples' rule for a tag.
func ruleFor(tag string) lanev1.IngressRule {
	return lanev1.IngressRule{
		Name: tag, Online: true, Hosts: []string{"*"},
		Match: lanev1.RequestMatch{
			URI:     lanev1.StringMatch{Exact: "/mock"},
			Headers: map[string]lanev1.StringMatch{"x-asm-prefer-tag": {Exact: tag}},
		},
		Route: lanev1.IngressRoute{Destination: lanev1.Destination{Host: cluster.Chain[0] + "." + cluster.Namespace + ".svc.cluster.local"}},
	}
}
