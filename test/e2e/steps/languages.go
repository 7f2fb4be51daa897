package steps

import (
	"context"

	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/otel"
)

// sharesInLanguages are the chain's applications in Node.js, Python, Java and Go.
const sharesInLanguages = "test/e2e/manifests/shares"

// Operator brings the OpenTelemetry operator, for as long as the scenario is played.
func (*Shares) Operator() scenario.Step {
	return scenario.Step{What: "the OpenTelemetry operator", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error { return otel.Uninstall(ctx, p.Cluster) })
		return otel.Install(ctx, p.Cluster)
	}}
}

// DeployInLanguages is Deploy with applications that pass nothing on themselves: agents do, or a library. The
// group's tag is in baggage. Six runtimes that start at a time keep a small machine busy for so long that
// requests from outside come to the chain only when all are there.
func (s *Shares) DeployInLanguages() scenario.Step {
	return scenario.Step{What: "a chain in Node.js, Python and Java, with agents", Do: func(ctx context.Context, p *scenario.Play) error {
		s.deleteAfterwards(p)
		if err := p.ApplyText(ctx, namespaceInMesh(sharesNamespace)); err != nil {
			return err
		}
		if _, err := p.Kubectl(ctx, "apply", "-f", sharesInLanguages+"/instrumentation.yaml"); err != nil {
			return err
		}
		if err := otel.AwaitAgents(ctx, p.Cluster, sharesNamespace); err != nil {
			return err
		}
		if _, err := p.Kubectl(ctx, "apply", "-k", sharesInLanguages); err != nil {
			return err
		}
		if err := p.AwaitDeployments(ctx, sharesNamespace); err != nil {
			return err
		}
		if err := otel.Injected(ctx, p.Cluster, sharesNamespace); err != nil {
			return err
		}
		if _, err := p.Kubectl(ctx, "apply", "-f", SharesLanes); err != nil {
			return err
		}
		return s.tagInBaggage(ctx, p)
	}}
}
