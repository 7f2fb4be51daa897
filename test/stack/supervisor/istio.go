package supervisor

import (
	"context"
	"os"
)

// istiod runs outside the cluster, with the bridge's address as its own; pods
// find it under istiod.istio-system.svc in their hosts files, and the API server
// as the endpoint of a Service.
func (s *Supervisor) istiod() *component {
	c := s.component("istiod", "pilot-discovery", httpReady("http://127.0.0.1:8080/ready"),
		"discovery",
		"--kubeconfig="+s.dir.Kubeconfig(),
		"--meshConfig="+s.dir.MeshConfig(),
		"--grpcAddr=127.0.0.1:15010", // plain text, for debugging from inside only
		"--secureGRPCAddr="+bridgeIP+":15012",
		"--httpAddr=127.0.0.1:8080",
		"--httpsAddr="+bridgeIP+":15017", // validation.yaml leads there
		"--monitoringAddr=127.0.0.1:15014",
		"--ctrlz_port=0",
		"--log_output_level=default:info",
	)
	c.env = append(c.env,
		"POD_NAMESPACE=istio-system", "POD_NAME=istiod-0",
		"PILOT_CERT_PROVIDER=istiod", "ISTIOD_CUSTOM_HOST=istiod.istio-system.svc",
		"REVISION=default",               // as the chart has it: istiod arms the webhooks of its revision
		"INJECTION_WEBHOOK_CONFIG_NAME=", // the node injects
		// Filters that only Istio's build of Envoy has.
		"PILOT_ENABLE_ALPN_FILTER=false", "PILOT_ENABLE_METADATA_EXCHANGE=false", "PILOT_ENABLE_TELEMETRY_LABEL=false",
		// Routes only, from when their CRDs are there.
		"PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER=false", "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER=false",
	)
	return c
}

// startIstio brings the mesh up to where pods can get a sidecar.
func (s *Supervisor) startIstio(ctx context.Context) error {
	if err := s.createFiles(ctx, s.dir.Bin("assets/istio/crds.yaml")); err != nil {
		return err
	}
	if err := s.createNamespaces(ctx); err != nil {
		return err
	}
	if err := s.createOwn(ctx, "validation.yaml"); err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir.Work("istiod"), 0o755); err != nil {
		return err
	}
	mesh, err := manifests.ReadFile("manifests/mesh.yaml")
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.dir.MeshConfig(), mesh, 0o644); err != nil {
		return err
	}
	return s.startComponents(ctx, "istiod")
}
