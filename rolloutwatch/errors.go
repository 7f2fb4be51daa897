package rolloutwatch

import (
	"errors"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lanekeeper.io/trafficprovider"
)

// staleAfter gives the cache time to see what somebody else wrote.
const staleAfter = 100 * time.Millisecond

// backoff spaces out tries that fail. Its longest wait is what a Service waits
// for after the API server was away for long, so it is far below the default
// of a quarter of an hour.
func backoff[request comparable]() workqueue.TypedRateLimiter[request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[request](50*time.Millisecond, 15*time.Second)
}

// onlyStale reports whether errors only mean that what was read is out of date, and
// when to look again. Nobody needs to hear of it.
func onlyStale(errs ...error) (reconcile.Result, bool) {
	fails := func(err error) bool { return err != nil && !isStale(err) }
	if errors.Join(errs...) == nil || slices.ContainsFunc(errs, fails) {
		return reconcile.Result{}, false
	}
	return reconcile.Result{RequeueAfter: staleAfter}, true
}

func isStale(err error) bool {
	return errors.Is(err, trafficprovider.ErrStale) || apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)
}
