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
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// servedPoll is how often the API server is asked whether it serves a kind, while it does
// not.
const servedPoll = 10 * time.Second

// OnServed calls appeared once the API server serves a kind: now, or later from the running
// manager, whose end its error is then. without says what goes on as long as it does not.
func OnServed(ctx context.Context, mgr ctrl.Manager, kind client.Object, without string, appeared func(context.Context) error) error {
	gvk, err := apiutil.GVKForObject(kind, mgr.GetScheme())
	if err != nil {
		return err
	}
	served, err := isServed(mgr.GetRESTMapper(), gvk)
	if err != nil {
		return err
	}
	if served {
		return appeared(ctx)
	}
	return mgr.Add(&kindWait{every: servedPoll, mapper: mgr.GetRESTMapper(), kind: gvk, without: without, appeared: appeared})
}

// watchOptional caches the kinds of Kruise as soon as the API server serves them. Lanes work without.
func (c *Cluster) watchOptional(ctx context.Context, mgr ctrl.Manager) error {
	failures := []error{OnServed(ctx, mgr, &kruisev1beta1.Rollout{}, "lanes follow pods alone", func(ctx context.Context) error {
		return c.cacheOptional(ctx, mgr, &kruisev1beta1.Rollout{}, []index{rolloutIndex()})
	})}
	for _, kind := range OptionalWorkloadKinds() {
		failures = append(failures, OnServed(ctx, mgr, kind, "nobody can have one", func(ctx context.Context) error {
			return c.cacheOptional(ctx, mgr, kind, workloadIndexes(kind))
		}))
	}
	return errors.Join(failures...)
}

// cacheOptional fills the cache, and only then makes the kind readable.
func (c *Cluster) cacheOptional(ctx context.Context, mgr ctrl.Manager, kind client.Object, indexes []index) error {
	for _, i := range indexes {
		if err := i.add(ctx, mgr.GetFieldIndexer()); err != nil {
			return err
		}
	}
	if _, err := mgr.GetCache().GetInformer(ctx, kind); err != nil {
		return fmt.Errorf("watching %T: %w", kind, err)
	}
	return c.Serve(kind)
}

// kindWait waits for a CRD. Every replica does: its webhook reads Rollouts, too.
type kindWait struct {
	every    time.Duration
	mapper   meta.RESTMapper
	kind     schema.GroupVersionKind
	without  string
	appeared func(context.Context) error
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (*kindWait) NeedLeaderElection() bool { return false }

// Start implements manager.Runnable.
func (w *kindWait) Start(ctx context.Context) error {
	log := log.FromContext(ctx).WithName("crd").WithValues("kind", w.kind.GroupKind().String())
	log.Info("a CRD is not installed; until it is, " + w.without)
	ticker := time.NewTicker(w.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		served, err := isServed(w.mapper, w.kind)
		switch {
		case err != nil:
			log.Error(err, "cannot look for a CRD; trying again")
		case served:
			log.Info("a CRD appeared; following its objects")
			return w.appeared(ctx)
		}
	}
}

func isServed(mapper meta.RESTMapper, kind schema.GroupVersionKind) (bool, error) {
	_, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking whether %s is served: %w", kind.GroupKind(), err)
	}
	return true, nil
}
