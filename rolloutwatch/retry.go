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

// staleAfter is when a stale object is observed again: the cache needs a while to see
// what another client wrote.
const staleAfter = 100 * time.Millisecond

// backoff spaces out retries. Its longest wait is how long a Service is late after the
// API server was away for long, so it is far below the default of a quarter of an hour.
func backoff[request comparable]() workqueue.TypedRateLimiter[request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[request](50*time.Millisecond, 15*time.Second)
}

// onlyStale reports whether all errors mean that what was read is stale, and when to
// observe it again. Such errors are not worth a log line.
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
