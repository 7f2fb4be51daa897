package facts

import (
	"context"
	"errors"
	"fmt"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// kruisePoll is how often the API server is asked whether it serves Rollouts,
// while it does not.
const kruisePoll = 10 * time.Second

// watchRollouts caches Rollouts as soon as the API server serves them. Lanes work without
// Rollouts.
func (c *Cluster) watchRollouts(ctx context.Context, mgr ctrl.Manager) error {
	served, err := rolloutsServed(mgr.GetRESTMapper())
	if err != nil {
		return err
	}
	if served {
		return c.cacheRollouts(ctx, mgr)
	}
	return mgr.Add(&kruiseWait{every: kruisePoll, mapper: mgr.GetRESTMapper(),
		appeared: func(ctx context.Context) error { return c.cacheRollouts(ctx, mgr) }})
}

// cacheRollouts fills the cache, and only then makes Rollouts readable.
func (c *Cluster) cacheRollouts(ctx context.Context, mgr ctrl.Manager) error {
	if err := AddRolloutIndex(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	if _, err := mgr.GetCache().GetInformer(ctx, &kruisev1beta1.Rollout{}); err != nil {
		return fmt.Errorf("watching Rollouts: %w", err)
	}
	return c.ServeRollouts()
}

// OnRollouts calls start once Rollouts can be read: now, or when ServeRollouts is called,
// which returns its error.
func (c *Cluster) OnRollouts(start func() error) error {
	c.startsMutex.Lock()
	defer c.startsMutex.Unlock()
	if c.rollouts.Load() {
		return start()
	}
	c.starts = append(c.starts, start)
	return nil
}

// ServeRollouts makes Rollouts readable: the cache has them. It returns the errors of what
// OnRollouts was given.
func (c *Cluster) ServeRollouts() error {
	c.startsMutex.Lock()
	defer c.startsMutex.Unlock()
	c.rollouts.Store(true)
	var failures []error
	for _, start := range c.starts {
		failures = append(failures, start())
	}
	c.starts = nil
	return errors.Join(failures...)
}

// kruiseWait waits for Kruise's CRD. Every replica does: its webhook reads Rollouts, too.
type kruiseWait struct {
	every    time.Duration
	mapper   meta.RESTMapper
	appeared func(context.Context) error
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (*kruiseWait) NeedLeaderElection() bool { return false }

// Start implements manager.Runnable.
func (w *kruiseWait) Start(ctx context.Context) error {
	log := log.FromContext(ctx).WithName("kruise")
	log.Info("Kruise Rollout's CRD is not installed; lanes follow pods alone until it is")
	ticker := time.NewTicker(w.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		served, err := rolloutsServed(w.mapper)
		switch {
		case err != nil:
			log.Error(err, "cannot look for Kruise Rollout's CRD; trying again")
		case served:
			log.Info("Kruise Rollout's CRD appeared; following Rollouts")
			return w.appeared(ctx)
		}
	}
}

func rolloutsServed(mapper meta.RESTMapper) (bool, error) {
	kind := schema.GroupKind{Group: kruisev1beta1.GroupVersion.Group, Kind: "Rollout"}
	_, err := mapper.RESTMapping(kind, kruisev1beta1.GroupVersion.Version)
	if meta.IsNoMatchError(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking whether Rollouts are served: %w", err)
	}
	return true, nil
}
