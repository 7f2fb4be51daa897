package load

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStreamsFitTheBudget(t *testing.T) {
	rates := func(streams []Stream) (all []int) {
		for _, s := range streams {
			all = append(all, s.Rate)
		}
		return all
	}
	two := []Stream{Tagged("canary"), Untagged()}
	for _, c := range []struct {
		name    string
		streams []Stream
		budget  int
		want    []int
	}{
		{"there is room", two, 500, []int{100, 100}},
		{"just so much", two, 200, []int{100, 100}},
		{"half of it", two, 100, []int{50, 50}},
		{"many streams", append(two, Stream{Rate: 50}, Stream{Rate: 50}), 150, []int{50, 50, 25, 25}},
		{"nobody is left out", append(two, Stream{Rate: 3}, Stream{Rate: 1}), 50, []int{24, 24, 2, 1}},
		{"not measured", two, 0, []int{100, 100}},
	} {
		assert.Equal(t, c.want, rates(Fit(c.streams, c.budget)), c.name)
	}
	assert.Equal(t, 100, two[0].Rate, "what was passed in stays as it was")
}

func TestMeasure(t *testing.T) {
	var calls atomic.Int64
	measure := func(h http.HandlerFunc) (Capacity, error) {
		server := httptest.NewServer(h)
		defer server.Close()
		return Measure(t.Context(), Config{URL: server.URL, Dial: new(net.Dialer).DialContext, Streams: []Stream{Tagged("canary"), Untagged()}})
	}

	carries, err := measure(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		time.Sleep(50 * time.Millisecond) // so that the callers' number alone decides
		fmt.Fprint(w, "-> mocka(version: v1, ip: 10.0.0.1)")
	})
	require.NoError(t, err)
	assert.LessOrEqual(t, int(carries), callers*20*4/3, "no more than the callers can ask for")
	assert.Equal(t, int(carries)/3, carries.Budget())
	assert.Greater(t, calls.Load(), int64(carries)*3, "the first second is not counted")

	_, err = measure(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	require.ErrorContains(t, err, "HTTP 503", "a chain that fails carries nothing")
}

func TestCores(t *testing.T) {
	before, err := parseCores("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3\n")
	require.NoError(t, err)
	for _, c := range []struct {
		name, line string
		want       float64
	}{
		{"idle and waiting for a disk", "cpu  100 0 100 800 200 0 0 0", 0},
		{"half", "cpu  150 10 120 780 100 10 10 0", 100.0 / 180},
		{"given to another machine", "cpu  100 0 100 700 100 0 0 50", 1},
		{"no time has passed", "cpu  100 0 100 700 100 0 0 0", 0},
	} {
		now, err := parseCores(c.line)
		require.NoError(t, err, c.name)
		assert.InDelta(t, c.want, now.busySince(before), 0.001, c.name)
	}
	for _, bad := range []string{"", "intr 1 2 3", "cpu 1 2", "cpu a b c d e f g h"} {
		_, err := parseCores(bad)
		require.Error(t, err, bad)
	}
}

func TestSecondsTellOfABound(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer server.Close()
	run, err := Start(t.Context(), Config{URL: server.URL, Dial: new(net.Dialer).DialContext, Streams: []Stream{{Name: "s", Path: "/", Rate: 100}}, InFlight: 5})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		for _, s := range run.Seconds() {
			if s.Full {
				return true
			}
		}
		return false
	}, time.Minute, 10*time.Millisecond)
	close(hang)
	run.Stop()
}
