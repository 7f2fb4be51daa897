package steps

import (
	"context"
	"fmt"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// A client's own tag, by the user's route of ForeignStreams.

// StripTags lets the Gateway's proxies take such tags off, or lets them in again.
func StripTags(on bool) scenario.Step {
	value := lanev1.AnnotationStripTags + "=true"
	if !on {
		value = lanev1.AnnotationStripTags + "-"
	}
	return scenario.Step{What: "annotate the group " + value, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "annotate", "asmswimlanegroup", cluster.Group, lanev1.AnnotationStripTags+"-")
			return err
		})
		_, err := p.Kubectl(ctx, "annotate", "--overwrite", "asmswimlanegroup", cluster.Group, value)
		return err
	}}
}

// TagsGetIn waits until a client's own tag decides at the service, or no longer. Connections
// that are open keep the filters that they have until they are drained.
func TagsGetIn(service string, in bool) scenario.Step {
	what := fmt.Sprintf("a client's own tag gets in by the user's route: %t", in)
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error {
		from := time.Now()
		return cluster.Await(ctx, what, 2*time.Minute, func(context.Context) (string, error) {
			row, other := 0, "no request yet"
			for _, r := range p.Records() {
				if r.Stream != ForeignStreams[1].Name || r.Start.Before(from) {
					continue
				}
				h, ok := r.Chain.Hop(service)
				if ok && (h.Version == p.Newest[service].String()) == in {
					row++
				} else {
					row, other = 0, fmt.Sprintf("it met %s %s", r.Chain, r.Err)
				}
			}
			if row < 5*inARow {
				return fmt.Sprintf("%d in a row, the last other one: %s", row, other), nil
			}
			return "", nil
		})
	}}
}
