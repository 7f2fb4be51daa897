package load

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// maxAnswer bounds what is read of an answer; a chain is a few hundred bytes.
const maxAnswer = 16 << 10

// pace sends one stream. Every request is due at a time computed from the
// start, so that delays of this process (the collector, a busy machine) shift
// single requests and never the rate.
func (r *Run) pace(ctx context.Context, f *flow) {
	interval := time.Second / time.Duration(f.Rate)
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
		id := fmt.Sprintf("%s-%x-%d", f.Name, r.begun.UnixMilli(), n)
		r.sending.Go(func() { r.keep(r.one(f, id)) })
	}
}

func (r *Run) noteLate(by time.Duration) {
	for _, longest := range []*atomic.Int64{&r.late, &r.lateNow} {
		for {
			known := longest.Load()
			if int64(by) <= known || longest.CompareAndSwap(known, int64(by)) {
				break
			}
		}
	}
}

// NotSent begins the error of a request that was not sent, because too many were
// open.
const NotSent = "not sent"

// one sends a request, unless too many of its stream are open.
func (r *Run) one(f *flow, id string) Record {
	rec := Record{ID: id, Stream: f.Name, Tag: f.Tag, Start: time.Now()}
	defer f.open.Add(-1)
	if f.open.Add(1) > f.most {
		r.full.Store(true)
		rec.End, rec.Err = time.Now(), fmt.Sprintf("%s: %d requests of the stream are open", NotSent, f.most)
		return rec
	}
	r.ask(&rec, f.Stream, id)
	return rec
}

// ask sends a request and notes its answer. It is not bound to the run's context:
// requests that are open when the load stops are waited for, their answers count.
func (r *Run) ask(rec *Record, s Stream, id string) {
	status, body, err := r.get(s, id)
	rec.End = time.Now()
	if err != nil {
		rec.Err = err.Error()
		return
	}
	a := r.parse(body)
	rec.Chain, rec.Err = a.chain, a.err
	if status != http.StatusOK {
		rec.Err = fmt.Sprintf("HTTP %d: %.160s", status, strings.TrimSpace(body))
	}
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
	r := newRun(c)
	defer r.client.CloseIdleConnections()
	rec := Record{ID: fmt.Sprintf("once-%d", time.Now().UnixNano()), Stream: s.Name, Tag: s.Tag, Start: time.Now()}
	r.ask(&rec, s, rec.ID)
	return rec
}
