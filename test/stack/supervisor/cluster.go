package supervisor

import (
	"context"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/stack/node"
	"lanekeeper.io/test/stack/pki"
)

// createNamespaces is called by whoever needs one first.
func (s *Supervisor) createNamespaces(ctx context.Context) error {
	return s.namespaces.do(func() error { return s.createOwn(ctx, "namespaces.yaml") })
}

// enableInjection makes pods of `default` part of the mesh, and returns when a
// pod that is created would be: a policy takes effect a moment after it is made.
func (s *Supervisor) enableInjection(ctx context.Context) error {
	if err := s.createOwn(ctx, "injection.yaml"); err != nil {
		return err
	}
	label := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"istio-injection":"enabled"}}}`))
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: metav1.NamespaceDefault}}
	if err := await(ctx, func(ctx context.Context) error { return s.client.Patch(ctx, namespace, label) }); err != nil {
		return err
	}
	return await(ctx, func(ctx context.Context) error {
		trial := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "trial", Namespace: metav1.NamespaceDefault},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "trial", Image: "pause"}}},
		}
		if err := s.client.Create(ctx, trial, client.DryRunAll); err != nil {
			return err
		}
		if trial.Labels["security.istio.io/tlsMode"] != "istio" {
			return fmt.Errorf("a new pod is not labelled for the mesh")
		}
		return nil
	})
}

// startNode registers the node that runs the pods, in this very process.
func (s *Supervisor) startNode(ctx context.Context) error {
	// The node outlives the start.
	n, err := node.Run(context.WithoutCancel(ctx), node.Config{
		Name:      "stack-node",
		REST:      s.rest,
		Dir:       s.dir.Pods(),
		Bridge:    bridgeName,
		BridgeIP:  bridgeIP,
		PodCIDR:   podCIDR,
		Bin:       s.dir.Bin(),
		Bootstrap: s.dir.Bin("assets/istio/envoy_bootstrap.json"),
		APIServer: apiServer,
		CAFile:    s.dir.PKI(pki.CA),
		Log:       os.Stderr,
	})
	if err != nil {
		return err
	}
	s.node.Store(n)
	return nil
}

// awaitGateway returns when the ingress gateway takes requests.
func (s *Supervisor) awaitGateway(ctx context.Context) error {
	gateway := client.ObjectKey{Namespace: "istio-system", Name: "istio-ingressgateway"}
	return await(ctx, func(ctx context.Context) error {
		var d appsv1.Deployment
		if err := s.client.Get(ctx, gateway, &d); err != nil {
			return err
		}
		if d.Status.ReadyReplicas == 0 {
			return fmt.Errorf("the ingress gateway is not ready; its log is below %s", s.dir.Pods())
		}
		return nil
	})
}
