package collapse

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/test/load"
)

func TestWhatTheMachineExplains(t *testing.T) {
	at := func(s float64) time.Time { return time.Unix(1000, 0).Add(time.Duration(s * float64(time.Second))) }
	request := func(from, to float64) load.Record {
		return load.Record{Start: at(from), End: at(to), Err: "HTTP 503: reset reason: connection timeout"}
	}
	second := func(end int, x load.Second) load.Second { x.End = at(float64(end)); return x }
	timedOut := []Attempt{{at(20), at(30)}}
	for _, c := range []struct {
		name           string
		signs          Signs
		lost           load.Record
		lose, fallBack bool
	}{
		{"nothing is known", Signs{}, request(20, 30), false, false},
		{"busy, and no more", Signs{Seconds: []load.Second{second(25, load.Second{Busy: 1})}}, request(20, 30), false, false},
		{"late on idle cores", Signs{Seconds: []load.Second{second(25, load.Second{Busy: 0.5, Late: 3 * time.Second, Full: true})}}, request(20, 30), false, false},
		{"busy and late", Signs{Seconds: []load.Second{second(25, load.Second{Busy: 1, Late: 2 * time.Second})}}, request(20, 30), true, false},
		{"a little late", Signs{Seconds: []load.Second{second(25, load.Second{Busy: 1, Late: 300 * time.Millisecond})}}, request(20, 30), false, false},
		{"the bound is reached", Signs{Seconds: []load.Second{second(25, load.Second{Busy: 1, Full: true})}}, request(20, 30), true, false},
		{"just before", Signs{Seconds: []load.Second{second(17, load.Second{Busy: 1, Full: true})}}, request(20, 30), true, false},
		{"long before", Signs{Seconds: []load.Second{second(14, load.Second{Busy: 1, Full: true})}}, request(20, 30), false, false},
		{"after it", Signs{Seconds: []load.Second{second(32, load.Second{Busy: 1, Full: true})}}, request(20, 30), false, false},
		{"no connection in time", Signs{Seconds: []load.Second{second(25, load.Second{Busy: 1})}, TimedOut: timedOut}, request(20, 30), true, true},
		{"no connection on idle cores", Signs{Seconds: []load.Second{second(25, load.Second{Busy: 0.4})}, TimedOut: timedOut}, request(20, 30), false, false},
		{"passed over meanwhile", Signs{Seconds: []load.Second{second(25, load.Second{Busy: 1})}, TimedOut: timedOut}, request(29, 30.1), true, true},
		{"passed over no more", Signs{Seconds: []load.Second{second(25, load.Second{Busy: 1})}, TimedOut: timedOut}, request(32, 32.1), false, false},
	} {
		assert.Equal(t, c.lose, c.signs.Explain(c.lost), "%s: lost", c.name)
		assert.Equal(t, c.fallBack, c.signs.ExplainFallback(c.lost), "%s: fell back", c.name)
	}
}

func TestSignsAreNamed(t *testing.T) {
	signs := Signs{Seconds: []load.Second{{Busy: 1, Late: 1500 * time.Millisecond, Full: true}, {Busy: 0.3}}, TimedOut: []Attempt{{}}}
	assert.Equal(t, "all cores in use in 1 of 2 seconds, requests sent up to 1.5s late, a stream's bound of open requests reached in 1 seconds, 1 connections to ready pods timed out", signs.String())
}

func TestOnlyWaitingIsExplained(t *testing.T) {
	signs := Signs{Seconds: []load.Second{{End: time.Unix(1000, 0), Busy: 1, Full: true}}}
	lost := load.Record{Start: time.Unix(999, 0), End: time.Unix(1001, 0)}
	for err, want := range map[string]bool{
		"not sent: 40 requests of the stream are open":                                                                                 true,
		`Get "http://x/mock": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`:                              true,
		"HTTP 503: upstream connect error or disconnect/reset before headers. retried and the latest reset reason: connection timeout": true,
		"HTTP 404:": false, "HTTP 503:": false, "HTTP 503: no healthy upstream": false, "": false,
		"HTTP 503: upstream connect error or disconnect/reset before headers. reset reason: connection termination": false,
	} {
		lost.Err = err
		assert.Equal(t, want, signs.Explain(lost), err)
	}
}
