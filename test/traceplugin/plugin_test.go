package traceplugin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lanekeeper.io/trafficprovider/istio/traceplugin"
)

func TestTheTagGoesOnWithItsID(t *testing.T) {
	p := newProxy(t)
	one, other := p.worker(t), p.worker(t)
	one.in(t, "7", "canary")
	assert.Equal(t, "canary", one.out(t, "7"))
	assert.Equal(t, "canary", other.out(t, "7"), "on another worker")
	assert.Empty(t, one.out(t, "8"), "another id")
	other.in(t, "8", "canary2")
	assert.Equal(t, "canary2", one.out(t, "8"))
	assert.Equal(t, "canary", one.out(t, "7"))
}

func TestWhatIsNobodysBusiness(t *testing.T) {
	w := newProxy(t).worker(t)
	w.in(t, "7", "canary")
	out := rootOf(traceplugin.Out, "shop")
	for name, c := range map[string]call{
		"no id":                       {out, map[string]string{}},
		"an empty id":                 {out, map[string]string{traceHeader: ""}},
		"a tag that is there":         {out, map[string]string{traceHeader: "7", routeHeader: "canary2"}},
		"another way":                 {strings.Replace(out, "out", "on", 1), map[string]string{traceHeader: "7"}},
		"another group":               {rootOf(traceplugin.Out, "other"), map[string]string{traceHeader: "7"}},
		"a root id without a header":  {"", map[string]string{traceHeader: "7"}},
		"a root id with a way only":   {"out", map[string]string{traceHeader: "7"}},
		"a root id with one header":   {"out " + traceHeader, map[string]string{traceHeader: "7"}},
		"a root id that is very long": {"out " + strings.Repeat("x", 600), map[string]string{traceHeader: "7"}},
	} {
		before := fmt.Sprint(c.headers)
		assert.Equal(t, before, fmt.Sprint(w.request(t, c)), name)
	}
	// What is not remembered takes no space.
	before := len(w.shared)
	for i := range 1000 {
		w.in(t, fmt.Sprintf("untagged-%d", i), "")
		w.in(t, fmt.Sprintf("baseline-%d", i), baseline)
		w.in(t, fmt.Sprintf("long-%d", i), strings.Repeat("x", 64))
	}
	assert.Len(t, w.shared, before)
}

func TestAnAmbiguousIDKeepsToTheBaseline(t *testing.T) {
	for name, tags := range map[string][]string{
		"two tags":                {"canary", "canary2"},
		"two tags, and the first": {"canary", "canary2", "canary"},
		"then none":               {"canary", ""},
		"then none, and again":    {"canary", "", "canary"},
		"then the baseline's":     {"canary", baseline, "canary"},
		"a tag that is no lane's": {"canary", strings.Repeat("x", 64)},
	} {
		w := newProxy(t).worker(t)
		for _, tag := range tags {
			w.in(t, "7", tag)
		}
		assert.Empty(t, w.out(t, "7"), name)
		w.now += traceplugin.Lifetime
		w.in(t, "7", "canary")
		assert.Equal(t, "canary", w.out(t, "7"), "%s, forgotten after a while", name)
	}
}

func TestAnIDIsForgottenWhenItIsOfNoUse(t *testing.T) {
	w := newProxy(t).worker(t)
	w.in(t, "7", "canary")
	for range 20 { // of use all the time
		w.now += traceplugin.Lifetime / 2
		require.Equal(t, "canary", w.out(t, "7"))
	}
	w.now += traceplugin.Lifetime
	assert.Empty(t, w.out(t, "7"))
	for range 20 { // and so is one that is ambiguous
		w.now += traceplugin.Lifetime / 2
		w.in(t, "8", "canary")
		w.in(t, "8", "canary2")
	}
	assert.Empty(t, w.out(t, "8"))
}

func TestGroupsOfOneProxyKeepApart(t *testing.T) {
	w := newProxy(t).worker(t)
	w.in(t, "7", "canary")
	w.request(t, call{rootOf(traceplugin.In, "other"), map[string]string{traceHeader: "7", "x-other": "blue"}})
	assert.Equal(t, "canary", w.out(t, "7"))
	out := w.request(t, call{rootOf(traceplugin.Out, "other"), map[string]string{traceHeader: "7"}})
	assert.Equal(t, map[string]string{traceHeader: "7", "x-other": "blue"}, out)
}

// A machine keeps what few filters are told, and asks again for the others'.
func TestManyGroupsInOneProxy(t *testing.T) {
	w := newProxy(t).worker(t)
	for range 3 {
		for i := range 40 {
			group := fmt.Sprintf("group-%d", i)
			w.request(t, call{rootOf(traceplugin.In, group), map[string]string{traceHeader: "7", "x-" + group: fmt.Sprint("lane-", i)}})
		}
	}
	for i := range 40 {
		group := fmt.Sprintf("group-%d", i)
		out := w.request(t, call{rootOf(traceplugin.Out, group), map[string]string{traceHeader: "7"}})
		assert.Equal(t, fmt.Sprint("lane-", i), out["x-"+group])
	}
}

// A proxy that does not tell whose a request is gets asked.
func TestWhoseARequestIs(t *testing.T) {
	w := newProxy(t).worker(t)
	w.in(t, "7", "canary")
	w.mute = true
	for range 50 {
		assert.Empty(t, w.request(t, call{rootOf(traceplugin.Out, "other"), map[string]string{traceHeader: "7"}})["x-other"])
		assert.Equal(t, "canary", w.out(t, "7"))
	}
}

// To ask the proxy is what the filter costs.
func TestHowOftenTheProxyIsAsked(t *testing.T) {
	w := newProxy(t).worker(t)
	w.in(t, "7", "canary")
	w.out(t, "7")
	for name, c := range map[string]struct {
		request call
		asked   int
	}{
		"in, everybody's":          {call{rootOf(traceplugin.In, "shop"), map[string]string{traceHeader: "8", routeHeader: baseline}}, 3},
		"in, without an id":        {call{rootOf(traceplugin.In, "shop"), map[string]string{}}, 2},
		"in, a lane's":             {call{rootOf(traceplugin.In, "shop"), map[string]string{traceHeader: "7", routeHeader: "canary"}}, 4},
		"out, everybody's":         {call{rootOf(traceplugin.Out, "shop"), map[string]string{traceHeader: "8"}}, 3},
		"out, with a tag":          {call{rootOf(traceplugin.Out, "shop"), map[string]string{traceHeader: "8", routeHeader: "canary"}}, 1},
		"out, of whom it is known": {call{rootOf(traceplugin.Out, "shop"), map[string]string{traceHeader: "7"}}, 4},
	} {
		w.asked = 0
		w.request(t, c.request)
		assert.Equal(t, c.asked, w.asked, name)
	}
}

func TestIDsOfAnyKind(t *testing.T) {
	w := newProxy(t).worker(t)
	for _, id := range []string{"x", strings.Repeat("x", 7), strings.Repeat("x", 8), strings.Repeat("x", 4096), strings.Repeat("x", 60_000), "\x00\xff", "7\x00canary2", "ä, ü"} {
		w.in(t, id, "canary")
		assert.Equal(t, "canary", w.out(t, id), "%.20q of %d", id, len(id))
		assert.Empty(t, w.out(t, id+"x"))
	}
	// More than a proxy takes: nothing is remembered, and nothing breaks.
	w.in(t, strings.Repeat("x", 200_000), "canary")
	assert.Empty(t, w.out(t, strings.Repeat("x", 200_000)))
	assert.Equal(t, "canary", w.out(t, "x"))
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	p := newProxy(t)
	w := p.worker(t)
	tag := strings.Repeat("x", 63)
	const many = 2 * traceplugin.Buckets * traceplugin.Entries
	for i := range many {
		w.in(t, fmt.Sprint(i), tag)
	}
	size := 0
	for key, is := range p.shared {
		size += len(key) + len(is.value)
	}
	assert.LessOrEqual(t, len(p.shared), traceplugin.Buckets+1)
	assert.LessOrEqual(t, size, traceplugin.Buckets*(16+traceplugin.Entries*84)+100)
	for i := many - 500; i < many; i++ { // those in flight
		assert.Equal(t, tag, w.out(t, fmt.Sprint(i)), i)
	}
}

func TestAThousandRequestsASecond(t *testing.T) {
	w := newProxy(t).worker(t)
	const inFlight = 1000 // each for a second
	for i := range 30 * inFlight {
		if i%inFlight == 0 {
			w.now++
		}
		w.in(t, fmt.Sprint(i), "canary")
		if i >= inFlight {
			require.Equal(t, "canary", w.out(t, fmt.Sprint(i-inFlight)))
		}
	}
}

func TestAnotherWorkerWritesTheSameBucket(t *testing.T) {
	p := newProxy(t)
	w := p.worker(t)
	w.in(t, "7", "canary")
	var bucket string
	for key, is := range p.shared {
		if strings.Contains(is.value, "canary") {
			bucket = key
		}
	}
	ours := p.shared[bucket].value
	other := strings.Repeat("x", 16) + ours[16:] // of an id with another hash
	p.meanwhile = func(key string) {
		p.meanwhile = nil
		p.write(key, other+ours)
	}
	w.in(t, "7", "")
	assert.Nil(t, p.meanwhile)
	assert.Empty(t, w.out(t, "7"), "it saw the other write, and repeated its own")
	assert.Contains(t, p.shared[bucket].value, other, "and kept what that one remembered")
	p.meanwhile = func(key string) { p.write(key, ours) }
	w.in(t, "7", "canary2") // gives up after some tries, and neither hangs nor traps
}

func TestTheKeyIsDrawnOnce(t *testing.T) {
	p := newProxy(t)
	p.worker(t).in(t, "7", "canary")
	p.now += 5
	assert.Equal(t, "canary", p.worker(t).out(t, "7"), "a worker that starts later knows what the others do")
	q := newProxy(t)
	q.now += 77
	q.worker(t).in(t, "7", "canary")
	assert.NotEqual(t, p.shared["lanekeeper/key"].value, q.shared["lanekeeper/key"].value)
}

// TestRandomRequests holds the module against what it should remember.
func TestRandomRequests(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := newProxy(t)
		workers := []*worker{p.worker(t), p.worker(t)}
		type memory struct {
			tag string
			end uint64
		}
		known := map[string]memory{}
		for range rapid.IntRange(1, 40).Draw(r, "requests") {
			w := rapid.SampledFrom(workers).Draw(r, "worker")
			id := rapid.SampledFrom([]string{"a", "b", "c", strings.Repeat("d", 4096)}).Draw(r, "id")
			p.now += rapid.Uint64Range(0, 200).Draw(r, "seconds")
			is, has := known[id]
			if has && is.end <= p.now {
				delete(known, id)
				is, has = memory{}, false
			}
			if rapid.Bool().Draw(r, "out") {
				require.Equal(r, is.tag, w.out(t, id))
				if has && is.tag != "" && is.end <= p.now+270 {
					known[id] = memory{is.tag, p.now + 300}
				}
				continue
			}
			tag := rapid.SampledFrom([]string{"", baseline, "canary", "canary2", strings.Repeat("x", 63)}).Draw(r, "tag")
			w.in(t, id, tag)
			gray := tag != "" && tag != baseline
			switch {
			case !has && gray:
				known[id] = memory{tag, p.now + 300}
			case has && (is.tag != tag || !gray):
				if is.tag != "" || is.end <= p.now+270 {
					known[id] = memory{"", p.now + 300}
				}
			case has && is.end <= p.now+270:
				known[id] = memory{is.tag, p.now + 300}
			}
		}
	})
}

func FuzzRequests(f *testing.F) {
	f.Add("in my-request-id x-asm-prefer-tag base", "7", "canary", true)
	f.Add("out  ", "\x00", "", false)
	w := newProxy(f).worker(f)
	f.Fuzz(func(t *testing.T, root, id, tag string, mute bool) {
		w.mute = mute
		w.request(t, call{root, map[string]string{traceHeader: id, routeHeader: tag}})
	})
}
