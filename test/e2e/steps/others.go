package steps

import (
	"context"

	"lanekeeper.io/test/e2e/scenario"
)

// Apply has somebody apply a file, which is deleted in the end.
func Apply(file string) scenario.Step {
	return scenario.Step{What: "somebody applies " + file, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error { return TakeAway(file).Do(ctx, p) })
		_, err := p.Kubectl(ctx, "apply", "-f", file)
		return err
	}}
}

// TakeAway has somebody delete what is in a file.
func TakeAway(file string) scenario.Step {
	return scenario.Step{What: "somebody deletes " + file, Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, "delete", "-f", file, "--ignore-not-found")
		return err
	}}
}
