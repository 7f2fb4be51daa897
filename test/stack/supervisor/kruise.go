package supervisor

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kruise is Kruise Rollout, outside the cluster like istiod: the API server
// calls its webhooks at a URL.
func (s *Supervisor) kruise() *component {
	c := s.component("kruise-rollout", "kruise-rollout", httpReady("http://127.0.0.1:18081/readyz"),
		"--metrics-bind-address=127.0.0.1:18080",
		"--health-probe-bind-address=127.0.0.1:18081",
		"--feature-gates=AdvancedDeployment=true",
	)
	c.env = append(c.env, "POD_NAMESPACE=kruise-rollout",
		"WEBHOOK_HOST=127.0.0.1", "WEBHOOK_PORT=19876", "WEBHOOK_CERT_DIR="+filepath.Join(s.dir.Work("kruise-rollout"), "certs"))
	c.dir = s.dir.Bin("assets/kruise-rollout") // it reads ./lua_configuration
	return c
}

func (s *Supervisor) startKruise(ctx context.Context) error {
	crds, err := filepath.Glob(s.dir.Bin("assets/kruise-rollout/crds/*.yaml"))
	if err != nil {
		return err
	}
	if err := s.createFiles(ctx, crds...); err != nil {
		return err
	}
	if err := s.createNamespaces(ctx); err != nil {
		return err
	}
	if err := s.createOwn(ctx, "kruise.yaml"); err != nil {
		return err
	}
	webhooks, err := s.kruiseWebhooks(ctx)
	if err != nil {
		return err
	}
	if err := s.create(ctx, webhooks...); err != nil {
		return err
	}
	if err := s.awaitKinds(ctx, "rollouts.kruise.io", "Rollout", "BatchRelease", "TrafficRouting"); err != nil {
		return err
	}
	return s.startComponents(ctx, "kruise-rollout")
}

// kruiseWebhooks renders Kruise's webhook configurations as its own kustomize
// layer would, so that they get the names the program looks for.
func (s *Supervisor) kruiseWebhooks(ctx context.Context) ([]client.Object, error) {
	layer := filepath.Join(s.dir.Work("kruise-rollout"), "webhook-layer")
	if err := os.MkdirAll(layer, 0o755); err != nil {
		return nil, err
	}
	// kustomize refuses resources outside the layer unless they are a base.
	if err := os.CopyFS(filepath.Join(layer, "webhook"), os.DirFS(s.dir.Bin("assets/kruise-rollout/webhook"))); err != nil {
		return nil, err
	}
	kustomization := "namespace: kruise-rollout\nnamePrefix: kruise-rollout-\nresources: [webhook]\n"
	if err := os.WriteFile(filepath.Join(layer, "kustomization.yaml"), []byte(kustomization), 0o644); err != nil {
		return nil, err
	}
	var complaints bytes.Buffer
	kustomize := exec.CommandContext(ctx, s.dir.Bin("kubectl"), "kustomize", layer)
	kustomize.Stderr = &complaints
	out, err := kustomize.Output()
	if err != nil {
		return nil, fmt.Errorf("kubectl kustomize: %w\n%s", err, &complaints)
	}
	return decode(bytes.NewReader(out))
}
