package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Capacity is how many requests a second this machine carries through a chain.
//
// Load generator, proxies, applications and control plane share its cores. Above
// what they carry, queues grow and feed themselves: every waiting request wants a
// connection, every connection a handshake, until connections time out. What is
// lost then says nothing of the product.
type Capacity int

// Budget is how much of it a load may use, a third: it was measured with nothing else
// to do, and a request costs most when few are sent. The rest is for what happens
// meanwhile, pods and proxies that start above all.
func (c Capacity) Budget() int { return int(c) / share }

const share = 3

// least is the budget below which a load shows too little: two requests a second
// of a stream would miss what lasts for less than half of one.
const least = 10

const (
	warmUp   = time.Second     // connections are opened, everything is paged in
	measured = 3 * time.Second // long beside the pauses of a collector
	callers  = 16              // more carry no more, they only wait longer
)

// Measure sends the config's streams as fast as the answers come, for some
// seconds, and counts them. Where several stacks will be under load at a time it is
// called for all of them at a time.
func Measure(ctx context.Context, c Config) (Capacity, error) {
	if len(c.Streams) == 0 {
		return 0, errNoStreams
	}
	r := newRun(c)
	defer r.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, warmUp+measured)
	defer cancel()
	begin := r.begun.Add(warmUp)
	var answered, lost atomic.Int64
	var said atomic.Pointer[string]
	var calling sync.WaitGroup
	for i := range callers {
		calling.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				s := c.Streams[n%len(c.Streams)]
				rec := Record{}
				r.ask(&rec, s, fmt.Sprintf("measure-%x-%d-%d", r.begun.UnixMilli(), i, n))
				switch {
				case rec.Err != "":
					lost.Add(1)
					said.Store(&rec.Err)
				case time.Now().After(begin) && ctx.Err() == nil:
					answered.Add(1)
				}
			}
		})
	}
	calling.Wait()
	if n := lost.Load(); n > 0 {
		return 0, fmt.Errorf("measuring what the chain carries: %d requests were not answered, one of them: %s", n, *said.Load())
	}
	carries := Capacity(float64(answered.Load()) / measured.Seconds())
	if carries.Budget() < least {
		return carries, fmt.Errorf("this machine carries %d requests a second through the chain, too few to show anything (%d are needed): end what else runs on it", carries, share*least)
	}
	return carries, nil
}

// Sized measures as soon as the chain answers, and gives the config its budget.
func Sized(ctx context.Context, c Config) (Config, error) {
	if err := AwaitAnswers(ctx, c); err != nil {
		return c, err
	}
	carries, err := Measure(ctx, c)
	c.Carries = carries
	return c, err
}

// answers in a row after which the chain counts as one that answers: each proxy hears
// of a route at a time of its own.
const answers = 20

// AwaitAnswers waits until requests of all streams are answered, a row of them.
func AwaitAnswers(ctx context.Context, c Config) error {
	const limit = 2 * time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not within %s", limit))
	defer cancel()
	r := newRun(c)
	defer r.client.CloseIdleConnections()
	for row, n := 0, 0; row < answers*len(c.Streams); n++ {
		rec := Record{}
		r.ask(&rec, c.Streams[n%len(c.Streams)], fmt.Sprintf("await-%x-%d", r.begun.UnixMilli(), n))
		if row++; rec.Err == "" {
			continue
		}
		row = 0
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waiting for the chain to answer: %w; at last: %s", context.Cause(ctx), rec.Err)
		}
	}
	return nil
}

// Fit scales the streams' rates down, all alike, so that together they are within
// the budget. None is given more than it asks for, or less than two a second.
func Fit(streams []Stream, budget int) []Stream {
	asked := 0
	for _, s := range streams {
		asked += s.Rate
	}
	fitted := make([]Stream, 0, len(streams))
	for _, s := range streams {
		if budget > 0 && asked > budget {
			s.Rate = min(s.Rate, max(2, s.Rate*budget/asked))
		}
		fitted = append(fitted, s)
	}
	return fitted
}

// newClient keeps connections: a lane that changes must not cost those that are
// open, and opening one per request would measure something else.
func newClient(c Config) *http.Client {
	return &http.Client{Timeout: c.Timeout, Transport: &http.Transport{
		DialContext:         c.Dial,
		MaxIdleConns:        512,
		MaxIdleConnsPerHost: 512,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true,
	}}
}

var errNoStreams = errors.New("load: no streams")
