package rolloutwatch

import (
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lanekeeper.io/trafficprovider"
)

// lookAgainAfter gives the cache time to see what somebody else wrote.
const lookAgainAfter = 100 * time.Millisecond

// lookAgain says whether an error only means that what was read is out of date,
// and when to look again. Nobody needs to hear of it.
func lookAgain(err error) (reconcile.Result, bool) {
	if errors.Is(err, trafficprovider.ErrLookAgain) || apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
		return reconcile.Result{RequeueAfter: lookAgainAfter}, true
	}
	return reconcile.Result{}, false
}
