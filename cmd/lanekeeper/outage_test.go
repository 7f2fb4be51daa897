package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lanekeeper.io/trafficprovider"
)

// told is a provider that counts outages.
type told struct {
	trafficprovider.Provider
	lasted []time.Duration
}

func (p *told) Unreachable(since, at time.Time) { p.lasted = append(p.lasted, at.Sub(since)) }

func TestCallsThatReachNobodyAreToldOf(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want int
	}{
		"answered": {nil, 0}, "refused": {errors.New("connection refused"), 1},
		"out of time": {context.DeadlineExceeded, 1}, "given up": {context.Canceled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := &told{}
			transport := noting(p)(roundTripper(func(*http.Request) (*http.Response, error) { return &http.Response{Body: http.NoBody}, tc.err }))
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api", nil)
			require.NoError(t, err)
			response, err := transport.RoundTrip(r)
			if response != nil {
				require.NoError(t, response.Body.Close())
			}
			require.ErrorIs(t, err, tc.err)
			assert.Len(t, p.lasted, tc.want)
		})
	}
}

// An outage lasts from the last call that was answered, or the first of all, however late
// the others fail.
func TestAnOutageBeginsWithTheLastCallThatWasAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &told{}
		var takes time.Duration
		var err error
		transport := noting(p)(roundTripper(func(*http.Request) (*http.Response, error) {
			time.Sleep(takes)
			return nil, err
		}))
		call := func(duration time.Duration, answer error) {
			takes, err = duration, answer
			_, _ = transport.RoundTrip((&http.Request{URL: &url.URL{}}).WithContext(t.Context())) //nolint:bodyclose // there is none
		}
		call(10*time.Second, context.DeadlineExceeded)
		call(0, errors.New("refused"))
		call(time.Second, nil)
		call(10*time.Second, context.DeadlineExceeded)
		call(0, nil)
		call(0, errors.New("refused"))
		assert.Equal(t, []time.Duration{10 * time.Second, 10 * time.Second, 11 * time.Second, 0}, p.lasted)
	})
}

// A lease that nobody renewed for longer than a new leader takes tells of an outage that
// the last leader did not outlive.
func TestAnEarlierOutageIsReadFromTheLease(t *testing.T) {
	for name, tc := range map[string]struct {
		holder  string
		renewed time.Duration
		want    bool
	}{
		"led by another":      {"another", time.Second, false},
		"its leader died":     {"another", 16 * time.Second, false},
		"cut off":             {"another", 32 * time.Second, true},
		"cut off for long":    {"another", time.Hour, true},
		"given back long ago": {"", time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			renewed := metav1.NewMicroTime(time.Now().Add(-tc.renewed))
			lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: "lanekeeper-system", Name: leaseName},
				Spec: coordinationv1.LeaseSpec{HolderIdentity: &tc.holder, RenewTime: &renewed}}
			p := &told{}
			noteEarlierOutage(t.Context(), fake.NewClientBuilder().WithObjects(lease).Build(), Options{
				Provider: p, LeaderElectionNamespace: "lanekeeper-system", LeaseDuration: 15 * time.Second, RetryPeriod: 2 * time.Second})
			if !tc.want {
				assert.Empty(t, p.lasted)
				return
			}
			require.Len(t, p.lasted, 1)
			assert.InDelta(t, tc.renewed.Seconds(), p.lasted[0].Seconds(), 1)
		})
	}
}
