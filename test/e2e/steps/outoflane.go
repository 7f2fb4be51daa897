package steps

import (
	"context"
	"slices"
	"strings"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// OutOfLane waits until the canaries of services that were undone are gone, and then for
// a settle in which all tagged requests were answered and none met an undone version:
// proxies have been told, whatever happens to istiod now.
func OutOfLane(services ...string) scenario.Step {
	return scenario.Step{What: "out of the lane: " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range services {
			if err := cluster.Await(ctx, "the canary of "+s+" to be gone", 2*time.Minute, func(ctx context.Context) (string, error) {
				pods, err := p.CanaryPods(ctx, s)
				return strings.Join(names(pods), ", "), err
			}); err != nil {
				return err
			}
		}
		gone := time.Now()
		return cluster.Await(ctx, "a settle in which no tagged request meets "+strings.Join(services, " or "), time.Minute,
			func(context.Context) (string, error) {
				since := time.Now().Add(-cluster.Settle)
				if since.Before(gone) {
					return "it is not over", nil
				}
				return metSince(p, p.Records(), since, services), nil
			})
	}}
}

// metSince is what a tagged request since then met that it should not have, or why it was
// lost; empty if there are some and all is well.
func metSince(p *scenario.Play, records []load.Record, since time.Time, services []string) string {
	said := "there is no tagged request"
	for _, r := range records {
		if r.Tag != cluster.Lane || r.End.Before(since) {
			continue
		}
		if r.Err != "" {
			return r.Err
		}
		if slices.ContainsFunc(services, func(s string) bool { return inLaneEverywhere(p, r.Chain, []string{s}) }) {
			return r.Chain.String()
		}
		said = ""
	}
	return said
}
