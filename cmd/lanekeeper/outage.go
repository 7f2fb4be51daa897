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

// noting tells the provider of every call that reached no API server.
func noting(provider trafficprovider.Provider) func(http.RoundTripper) http.RoundTripper {
	var mutex sync.Mutex
	var since time.Time // of the first of those after the last that reached it
	note := func(reached bool) {
		mutex.Lock()
		defer mutex.Unlock()
		now := time.Now()
		switch {
		case reached:
			since = time.Time{}
			return
		case since.IsZero():
			since = now
		}
		provider.Unreachable(since, now)
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			response, err := next.RoundTrip(r)
			if !errors.Is(err, context.Canceled) {
				note(err == nil)
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
