package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/trafficprovider"
)

// noting tells the provider of every call that reached no API server. The outage may have
// begun as soon as the last call that was answered had been made: calls that are swallowed
// fail many seconds later, and a standby makes one only every RetryPeriod.
func noting(provider trafficprovider.Provider) func(http.RoundTripper) http.RoundTripper {
	var mutex sync.Mutex
	var since time.Time // the last call that was answered; before any was, the first that was not
	note := func(begun time.Time, reached bool) {
		mutex.Lock()
		defer mutex.Unlock()
		if (reached && begun.After(since)) || since.IsZero() {
			since = begun
		}
		if reached {
			return
		}
		from := since
		if begun.Before(from) { // an answer came while it was swallowed
			from = begun
		}
		provider.Unreachable(from, time.Now())
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			begun := time.Now()
			response, err := next.RoundTrip(r)
			// A dry run is given up early, and may wait for the mesh.
			if !errors.Is(err, context.Canceled) && !r.URL.Query().Has("dryRun") {
				note(begun, err == nil)
			}
			return response, err
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// noteEarlierOutage tells the provider of an outage that this process may not have lived
// through: a leader that is cut off ends. A lease that nobody gave back or renewed for longer
// than a leader needs to be replaced is taken for one.
func noteEarlierOutage(ctx context.Context, r client.Reader, o Options) {
	var lease coordinationv1.Lease
	if err := r.Get(ctx, types.NamespacedName{Namespace: o.LeaderElectionNamespace, Name: leaseName}, &lease); err != nil {
		return // the first manager of all, or one that will find out by itself
	}
	if lease.Spec.RenewTime == nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		return
	}
	if now, renewed := time.Now(), lease.Spec.RenewTime.Time; now.Sub(renewed) > o.LeaseDuration+2*o.RetryPeriod {
		o.Provider.Unreachable(renewed, now)
	}
}
