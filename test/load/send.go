package load

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxAnswer bounds what is read of an answer; a chain is a few hundred bytes.
const maxAnswer = 16 << 10

// pace sends one stream. Every request is due at a time computed from the
// start, so that delays of this process (the collector, a busy machine) shift
// single requests and never the rate.
func (r *Run) pace(ctx context.Context, s Stream) {
	interval := time.Second / time.Duration(s.Rate)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := 0; ; n++ {
		due := r.begun.Add(time.Duration(n) * interval)
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if r.sent.Add(1) > r.config.Limit {
			r.sent.Add(-1)
			return
		}
		r.noteLate(time.Since(due))
		id := fmt.Sprintf("%s-%x-%d", s.Name, r.begun.UnixMilli(), n)
		r.sending.Go(func() { r.keep(r.one(s, id)) })
	}
}

func (r *Run) noteLate(by time.Duration) {
	for {
		longest := r.late.Load()
		if int64(by) <= longest || r.late.CompareAndSwap(longest, int64(by)) {
			return
		}
	}
}

// one sends a request. It is not bound to the run's context: requests that are
// open when the load stops are waited for, their answers count.
func (r *Run) one(s Stream, id string) Record {
	rec := Record{ID: id, Stream: s.Name, Tag: s.Tag, Start: time.Now()}
	defer r.inFlight.Add(-1)
	if r.inFlight.Add(1) > r.config.InFlight {
		rec.End, rec.Err = time.Now(), fmt.Sprintf("not sent: %d requests are open", r.config.InFlight)
		return rec
	}
	status, body, err := r.get(s, id)
	rec.End = time.Now()
	if err != nil {
		rec.Err = err.Error()
		return rec
	}
	a := r.parse(body)
	rec.Chain, rec.Err = a.chain, a.err
	if status != http.StatusOK {
		rec.Err = fmt.Sprintf("HTTP %d: %.160s", status, strings.TrimSpace(body))
	}
	return rec
}

func (r *Run) get(s Stream, id string) (status int, body string, err error) {
	req, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(r.config.URL, "/")+s.Path, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set(IDHeader, id)
	if s.Tag != "" {
		req.Header.Set(TagHeader, s.Tag)
	}
	res, err := r.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	content, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return res.StatusCode, string(content), err
}

// parse remembers answers: there are few different ones.
func (r *Run) parse(body string) answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, ok := r.chains[body]; ok {
		return a
	}
	chain, err := Parse(body)
	a := answer{chain: chain}
	if err != nil {
		a.err = err.Error()
	}
	if len(r.chains) < 10_000 { // a bound, should answers ever carry something unique
		r.chains[body] = a
	}
	return a
}

func (r *Run) keep(rec Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, rec)
}

// Once sends a single request, for a person to look at.
func Once(c Config, s Stream) Record {
	c.Timeout = or(c.Timeout, 10*time.Second)
	c.InFlight = or(c.InFlight, 1)
	r := &Run{config: c, client: newClient(c), chains: map[string]answer{}}
	defer r.client.CloseIdleConnections()
	return r.one(s, fmt.Sprintf("once-%d", time.Now().UnixNano()))
}
