package rolloutwatch

import (
	"errors"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// lookAgainAfter gives the cache time to see what somebody else wrote.
const lookAgainAfter = 100 * time.Millisecond

// backoff spaces out tries that fail. Its longest wait is what a Service waits
// for after the API server was away for long, so it is far below the default
// of a quarter of an hour.
func backoff[request comparable]() workqueue.TypedRateLimiter[request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[request](50*time.Millisecond, 15*time.Second)
}

// writeFailed is what a status says of an error. The error itself is logged:
// its text may differ each time.
func writeFailed() *lane.Problem {
	return &lane.Problem{Reason: apiv1.ReasonWriteFailed,
		Message: "reading or writing failed and is tried again; if that does not pass, look for the error in the log of the manager that leads"}
}

// lookAgain says whether errors only mean that what was read is out of date, and
// when to look again. Nobody needs to hear of it.
func lookAgain(errs ...error) (reconcile.Result, bool) {
	fails := func(err error) bool { return err != nil && !outOfDate(err) }
	if errors.Join(errs...) == nil || slices.ContainsFunc(errs, fails) {
		return reconcile.Result{}, false
	}
	return reconcile.Result{RequeueAfter: lookAgainAfter}, true
}

func outOfDate(err error) bool {
	return errors.Is(err, trafficprovider.ErrLookAgain) || apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)
}
