package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, body, chain, err string }{
		{"whole chain", "-> mocka(version: v1, ip: 10.0.0.1)-> mockb(version: v2.1, ip: 10.0.0.2)\n", "mocka:v1 > mockb:v2.1", ""},
		{"one per line", "-> mocka(version: v1, ip: 10.0.0.1)\n-> mockb(version: v2, ip: fd00::2)", "mocka:v1 > mockb:v2", ""},
		{"upstream failed", "-> mocka(version: v1, ip: 10.0.0.1)HTTP(503) no healthy upstream", "mocka:v1", "after 1 hops: HTTP(503) no healthy upstream"},
		{"no connection", "-> mocka(version: v1, ip: 10.0.0.1)ERR(EOF)", "mocka:v1", "after 1 hops: ERR(EOF)"},
		{"nothing", "", "", "empty answer"},
		{"an error page", "no healthy upstream", "", "after 0 hops: no healthy upstream"},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain, err := Parse(c.body)
			if got := chain.String(); got != c.chain {
				t.Errorf("chain %q, want %q", got, c.chain)
			}
			var got string
			if err != nil {
				got = err.Error()
			}
			if got != c.err {
				t.Errorf("error %q, want %q", got, c.err)
			}
		})
	}
}

// serve runs a server, and a load against it until enough was recorded.
func loadAgainst(t *testing.T, h http.HandlerFunc, streams []Stream, enough int, tune func(*Config)) []Record {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	config := Config{URL: server.URL, Dial: new(net.Dialer).DialContext, Streams: streams, Limit: int64(enough)}
	if tune != nil {
		tune(&config)
	}
	run, err := Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	run.sending.Wait() // ends by the limit
	return run.Stop()
}

func TestStreamsCarryTheirTagAndAnID(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	h := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if id := r.Header.Get(IDHeader); id == "" || seen[id] > 0 {
			t.Errorf("id %q is missing or not unique", id)
		}
		seen[r.Header.Get(IDHeader)]++
		if r.URL.Path != "/mock" {
			t.Errorf("path %s", r.URL.Path)
		}
		fmt.Fprintf(w, "-> mocka(version: %s, ip: 10.0.0.1)", "v"+r.Header.Get(TagHeader))
	}
	records := loadAgainst(t, h, []Stream{Tagged("canary"), Untagged()}, 60, nil)
	if len(records) != 60 {
		t.Fatalf("%d records, want 60", len(records))
	}
	for _, r := range records {
		want := map[string]string{"tagged": "vcanary", "untagged": "v"}[r.Stream]
		if r.Err != "" || r.Chain[0].Version != want || r.End.Before(r.Start) {
			t.Errorf("record %+v", r)
		}
	}
}

func TestFailuresAreRecorded(t *testing.T) {
	var n atomic.Int64
	h := func(w http.ResponseWriter, _ *http.Request) {
		switch n.Add(1) % 3 {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			fmt.Fprint(w, "-> mocka(version: v1, ip: 10.0.0.1)HTTP(503)")
		case 2:
			panic(http.ErrAbortHandler) // the connection breaks
		}
	}
	for _, r := range loadAgainst(t, h, []Stream{{Name: "s", Path: "/", Rate: 1000}}, 9, nil) {
		if r.Err == "" {
			t.Errorf("no error in %+v", r)
		}
	}
}

func TestOpenLoopAndItsBound(t *testing.T) {
	release := make(chan struct{})
	var open atomic.Int64
	h := func(w http.ResponseWriter, _ *http.Request) {
		// The server answers nobody until ten requests are open at once,
		// which a closed loop would never reach.
		if open.Add(1) == 10 {
			close(release)
		}
		<-release
		fmt.Fprint(w, "-> mocka(version: v1, ip: 10.0.0.1)")
	}
	for _, r := range loadAgainst(t, h, []Stream{{Name: "s", Path: "/", Rate: 1000}}, 10, nil) {
		if r.Err != "" {
			t.Errorf("lost: %s", r.Err)
		}
	}

	hang := make(chan struct{})
	h = func(http.ResponseWriter, *http.Request) { <-hang }
	time.AfterFunc(300*time.Millisecond, func() { close(hang) })
	var refused int
	for _, r := range loadAgainst(t, h, []Stream{{Name: "s", Path: "/", Rate: 1000}}, 20, func(c *Config) { c.InFlight = 5 }) {
		if strings.HasPrefix(r.Err, "not sent") {
			refused++
		}
	}
	if refused != 15 {
		t.Errorf("%d requests refused above the bound, want 15", refused)
	}
}

func TestStopWaitsForOpenRequests(t *testing.T) {
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		fmt.Fprint(w, "-> mocka(version: v1, ip: 10.0.0.1)")
	}))
	defer server.Close()
	run, err := Start(context.Background(), Config{URL: server.URL, Streams: []Stream{{Name: "s", Path: "/", Rate: 10}}})
	if err != nil {
		t.Fatal(err)
	}
	<-arrived
	run.stop()
	close(release)
	records := run.Stop()
	if len(records) == 0 {
		t.Fatal("the open request was forgotten")
	}
	for _, r := range records {
		if r.Err != "" {
			t.Errorf("an open request was broken off: %s", r.Err)
		}
	}
}

func TestSummarize(t *testing.T) {
	zero := time.Unix(100, 0)
	var records []Record
	for i := range 100 {
		at := zero.Add(time.Duration(i) * time.Second)
		records = append(records, Record{Stream: "tagged", Start: at, End: at.Add(time.Duration(i+1) * time.Millisecond),
			Chain: Chain{{App: "mocka", Version: "v1"}}})
	}
	records[99].Err = "HTTP 503"
	s := Summarize(records)
	if s.Sent != 100 || s.Lost != 1 || s.P50 != 50*time.Millisecond || s.P99 != 99*time.Millisecond || s.Max != 100*time.Millisecond {
		t.Errorf("summary %+v", s)
	}
	if len(s.Chains) != 2 || s.Chains[0].Count != 99 || s.Chains[1].Chain != "mocka:v1 LOST: HTTP 503" {
		t.Errorf("chains %+v", s.Chains)
	}
}
