package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/stack/control"
	"lanekeeper.io/test/stack/pki"
	"lanekeeper.io/test/stack/report"
	"lanekeeper.io/test/stack/state"
)

// startTimeout is several times what a start takes on two cores.
const startTimeout = 3 * time.Minute

// Serve starts everything in a stack and then answers on the control socket. It
// never returns: a stack ends by being killed.
func Serve(dir state.Dir) {
	s := newSupervisor(dir, report.New())
	if err := s.bringUp(context.Background()); err != nil {
		s.report.Failed(err)
		os.Exit(1)
	}
	s.ready.Store(true)
	s.report.Ready()
	select {}
}

// bringUp starts the stack, each thing as soon as what it needs is there.
func (s *Supervisor) bringUp(ctx context.Context) error {
	if err := setUpNetwork(); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if err := pki.Create(s.dir, "https://"+apiServer, apiServerHosts...); err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	if err := s.connect(); err != nil {
		return err
	}
	if err := control.Serve(s.dir.Socket(), s); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, errors.New("the stack takes too long to start"))
	defer cancel()
	if err := s.startComponents(ctx, "etcd"); err != nil {
		return err
	}
	if err := s.startComponents(ctx, "kube-apiserver"); err != nil {
		return err
	}
	var err error
	if s.client, err = client.New(s.rest, client.Options{}); err != nil {
		return err
	}
	return s.fillCluster(ctx)
}

// fillCluster brings everything up that needs nothing but the API server, side
// by side, and then the gateway, which needs all of it.
func (s *Supervisor) fillCluster(ctx context.Context) error {
	parallel, side := errgroup.WithContext(ctx) // its context ends with it
	for name, start := range map[string]func(context.Context) error{
		"Kruise Rollout": s.startKruise,
		"Istio":          s.startIstio,
		"injection":      s.enableInjection,
		"the node":       s.startNode,
		"Kubernetes": func(ctx context.Context) error {
			return s.startComponents(ctx, "kube-controller-manager", "kube-scheduler")
		},
	} {
		parallel.Go(func() error {
			if err := start(side); err != nil {
				return fmt.Errorf("starting %s: %w", name, err)
			}
			return nil
		})
	}
	if err := parallel.Wait(); err != nil {
		return err
	}
	if err := s.awaitKinds(ctx, "security.istio.io", "PeerAuthentication"); err != nil {
		return err
	}
	for _, m := range []string{"mesh-policies.yaml", "gateway.yaml"} {
		if err := s.createOwn(ctx, m); err != nil {
			return err
		}
	}
	if err := s.awaitValidation(ctx); err != nil {
		return err
	}
	s.report.Step("istiod refuses invalid objects")
	if err := s.awaitGateway(ctx); err != nil {
		return err
	}
	s.report.Step("the ingress gateway is ready")
	return nil
}

// startComponents starts the components side by side and waits for all of them.
func (s *Supervisor) startComponents(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := s.components[name].start(); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := s.components[name].awaitReady(ctx); err != nil {
			return err
		}
		s.report.Step("%s is ready", name)
	}
	return nil
}
