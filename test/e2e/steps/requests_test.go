package steps

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// sent is a request that took no time, so many seconds after noon.
func sent(seconds int, s load.Stream, err string, chain ...load.Hop) load.Record {
	at := noon.Add(time.Duration(seconds) * time.Second)
	return load.Record{Stream: s.Name, Tag: s.Tag, Start: at, End: at, Chain: chain, Err: err}
}

func TestOnlyUntilTheRouteIsKnownThereMayBeNone(t *testing.T) {
	plain, tagged := UserStreams[0], UserStreams[1]
	other := sent(0, load.Untagged(), "HTTP 404")
	early, late, again := sent(0, tagged, "HTTP 404"), sent(3, tagged, "HTTP 404"), sent(1, plain, "HTTP 404")
	served, refused := sent(1, plain, ""), sent(1, tagged, "HTTP 503")
	assert.Equal(t, []load.Record{other, refused}, sinceRouted([]load.Record{early, other, refused}))
	assert.Equal(t, []load.Record{served, again}, sinceRouted([]load.Record{early, served, again}), "its own stream was served")
	assert.Equal(t, []load.Record{served, late}, sinceRouted([]load.Record{early, served, late}), "another was, long before")
	assert.Equal(t, []load.Record{served}, sinceRouted([]load.Record{served, early}), "another was a moment before")
}

func TestRequestsOfAChainAreLostSinceItsFirstAnswer(t *testing.T) {
	waited, behind, refused, later := sent(0, load.Untagged(), ""), sent(1, load.Untagged(), "HTTP 404"), sent(3, load.Untagged(), "HTTP 503"), sent(4, load.Untagged(), "HTTP 404")
	waited.End = noon.Add(2 * time.Second)
	first := servedSince([]load.Record{waited, behind, refused, later})[waited.Stream]
	assert.Equal(t, waited.End, first)
	for r, lost := range map[*load.Record]bool{&waited: false, &behind: false, &refused: true, &later: true} {
		assert.Equal(t, lost, lostSince(first, *r), r.Err)
	}
	assert.Empty(t, servedSince([]load.Record{behind}))
}

func TestEveryStreamHasToBeServed(t *testing.T) {
	plain, tagged := UserStreams[0], UserStreams[1]
	records := []load.Record{
		sent(0, plain, "HTTP 404"), sent(0, tagged, "HTTP 404"),
		sent(1, plain, ""), sent(1, tagged, "HTTP 404"),
	}
	assert.Equal(t, []string{tagged.Name}, unserved(UserStreams, records), "one of two only ever got 404")
	assert.Empty(t, unserved(UserStreams, append(records, sent(2, tagged, ""))))
	assert.Equal(t, []string{plain.Name, tagged.Name}, unserved(UserStreams, nil))
}

func TestOutOfLaneLooksAtRequests(t *testing.T) {
	p := &scenario.Play{Newest: map[string]cluster.Version{"mocka": {Number: 2}}}
	tagged, everybody := load.Tagged(cluster.Lane), load.Untagged()
	before, undone := load.Hop{App: "mocka", Version: "v1"}, load.Hop{App: "mocka", Version: "v2"}
	since := noon.Add(time.Second)
	for name, c := range map[string]struct {
		records []load.Record
		said    string
	}{
		"all is well":              {[]load.Record{sent(0, tagged, "", undone), sent(1, tagged, "", before)}, ""},
		"one met it":               {[]load.Record{sent(1, tagged, "", undone), sent(2, tagged, "", before)}, "mocka:v2"},
		"one was lost":             {[]load.Record{sent(1, tagged, "HTTP 503")}, "HTTP 503"},
		"others say nothing":       {[]load.Record{sent(1, everybody, "", before)}, "there is no tagged request"},
		"earlier ones say nothing": {[]load.Record{sent(0, tagged, "", before)}, "there is no tagged request"},
	} {
		assert.Equal(t, c.said, metSince(p, c.records, since, []string{"mocka"}), name)
	}
}

func TestAnAnswerOfNobodyIsALoss(t *testing.T) {
	half, other := load.Stream{Name: "half"}, load.Stream{Name: "untagged"}
	s := &Unprepared{ready: noon, applied: noon.Add(time.Minute)}
	met, lost, others := s.met([]load.Record{
		sent(1, half, "", load.Hop{App: "half", Version: "v1"}),
		sent(2, half, ""),
		sent(3, half, "", load.Hop{App: "stray", Version: "v1"}),
		sent(4, other, ""),
	})
	assert.Equal(t, map[string]bool{"half v1": true}, met["before"])
	assert.Len(t, others, 1)
	if assert.Len(t, lost, 2) {
		assert.Equal(t, `it was answered by "" and not by half`, lost[0].Err)
		assert.Equal(t, `it was answered by "stray:v1" and not by half`, lost[1].Err)
	}
}
