package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// traceHeader is the one of ids that the mesh restores tags from.
const traceHeader = "my-request-id"

// Traced lets the mesh restore tags from ids, and the applications pass on nothing else.
func (s *Shares) Traced() scenario.Step {
	return scenario.Step{What: "tags are restored from " + traceHeader, Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "patch", "asmswimlanegroup", sharesNamespace, "--type=merge", "-p",
			`{"metadata": {"annotations": {"lanekeeper.io/restore-tags": "true"}}, "spec": {"permissiveModeConfiguration": {"traceHeader": "`+traceHeader+`"}}}`); err != nil {
			return err
		}
		err := cluster.Await(ctx, "the filter in the sidecars", time.Minute, func(ctx context.Context) (string, error) {
			out, err := p.Kubectl(ctx, "-n", sharesNamespace, "get", "envoyfilters", "-o", "name")
			if err != nil || strings.Contains(out, "swimlane-trace-"+sharesNamespace) {
				return "", err
			}
			return "there is none", nil
		})
		if err != nil {
			return err
		}
		if err := s.PassOn(traceHeader).Do(ctx, p); err != nil {
			return err
		}
		return scenario.Pass(ctx, 2*cluster.Settle)
	}}
}

// Ambiguous asks with one id for a lane and then as everybody does. Behind a pod that saw both it is
// nobody's from then on: the baseline answers.
func (s *Shares) Ambiguous(first, second Asked, chain string) scenario.Step {
	return scenario.Step{What: "one id for a lane, and for everybody", Do: func(ctx context.Context, p *scenario.Play) error {
		ask, done, err := asker(ctx, p)
		if err != nil {
			return err
		}
		defer done()
		first.ID, second.ID = "one for two", "one for two"
		for _, a := range []Asked{first, second} {
			if _, err := ask(a); err != nil {
				return err
			}
		}
		for range inARow {
			met, err := ask(first)
			if err != nil {
				return err
			}
			if met != chain {
				return fmt.Errorf("an ambiguous id met %s and not %s", met, chain)
			}
		}
		return nil
	}}
}
