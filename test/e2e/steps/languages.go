package steps

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/otel"
)

// languageOf are those of the chain's services: each tells another one of its own.
var languageOf = map[string]string{"a": "nodejs", "b": "python", "c": "java"}

// instrumentation is that of the chain's namespace. A pod's agent exports nothing, which would only
// fill logs; that of Java instruments what the mock application has.
const instrumentation = "test/e2e/manifests/shares/instrumentation.yaml"

// Operator brings the OpenTelemetry operator, for as long as the scenario is played.
func (*Shares) Operator() scenario.Step {
	return scenario.Step{What: "the OpenTelemetry operator", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error { return otel.Uninstall(ctx, p.Cluster) })
		return otel.Install(ctx, p.Cluster)
	}}
}

// InLanguages makes the chain one of Node.js, Python and Java, which pass nothing on themselves: agents
// do, which the operator gives their pods. The group's tag is in baggage.
func (s *Shares) InLanguages() scenario.Step {
	return scenario.Step{What: "the applications are in Node.js, Python and Java, with agents", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := s.tagInBaggage(ctx, p); err != nil {
			return err
		}
		if _, err := p.Kubectl(ctx, "apply", "-f", instrumentation); err != nil {
			return err
		}
		var all appsv1.DeploymentList
		if err := p.Client.List(ctx, &all, client.InNamespace(sharesNamespace)); err != nil {
			return err
		}
		for _, d := range all.Items {
			app, version, _ := strings.Cut(d.Name, "-")
			if _, err := p.Kubectl(ctx, "-n", sharesNamespace, "patch", "deployment", d.Name, "-p", instrumented(languageOf[app], version)); err != nil {
				return err
			}
		}
		if err := p.AwaitDeployments(ctx, sharesNamespace); err != nil {
			return err
		}
		return otel.Injected(ctx, p.Cluster, sharesNamespace)
	}}
}

// instrumented is a patch of a Deployment.
func instrumented(language, version string) string {
	return fmt.Sprintf(`{"spec": {"template": {
		"metadata": {"annotations": {"instrumentation.opentelemetry.io/inject-%[1]s": "true"}},
		"spec": {"containers": [{"name": "default", "image": "asm-mock:v0.1-%[1]s", "env": [{"name": "version", "value": "%[2]s"}]}]}}}}`, language, version)
}
