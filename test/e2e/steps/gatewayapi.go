package steps

import (
	"context"
	"path/filepath"

	"lanekeeper.io/test/e2e/scenario"
)

// InstallGatewayAPI brings the CRDs of the Gateway API, which stay.
func InstallGatewayAPI() scenario.Step {
	return scenario.Step{What: "somebody installs the Gateway API", Do: func(ctx context.Context, p *scenario.Play) error {
		crds, err := filepath.Glob(filepath.Join(p.Stack.Bin(), "assets", "gateway-api", "gateway.networking.k8s.io_*s.yaml"))
		if err != nil {
			return err
		}
		args := []string{"apply", "--server-side"}
		for _, crd := range crds {
			args = append(args, "-f", crd)
		}
		_, err = p.Kubectl(ctx, args...)
		return err
	}}
}
