package promise

import (
	"testing"

	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

func TestRemovalExcusesWhatItMust(t *testing.T) {
	const tagged, untagged = "canary", ""
	of := func(seconds float64, k timeline.Kind, service string) timeline.Event {
		return timeline.Event{At: at(seconds), Kind: k, Service: service}
	}
	// The lane goes at 20 and is back at 40.
	lane := published(of(20, timeline.LaneRemoved, ""), of(40, timeline.Restored, ""))
	// The group goes at 20, its entry at 21, b's objects at 25; b is back at 40,
	// the entry at 41, the lane at 45.
	group := published(of(20, timeline.GroupRemoved, ""), of(21, timeline.Unmanaged, ""), of(25, timeline.Unmanaged, "b"),
		of(40, timeline.Managed, "b"), of(41, timeline.Managed, ""), of(45, timeline.Restored, ""))
	// The group goes at 20, and at 30 b is another group's, whose lane has the same pods
	// and asks for them by tag other; what canary means is said, too.
	handed := published(tag(0, timeline.TagGone, "other"), of(20, timeline.GroupRemoved, ""),
		tag(20, timeline.TagMoves, "canary"), tag(20, timeline.TagMoves, "other"), of(27, timeline.Unmanaged, "b"), of(30, timeline.Managed, "b"),
		tag(36, timeline.TagServes, "other"), tag(36, timeline.TagGone, "canary"))
	// The same happens to the objects, without anybody's word.
	lost := published(of(21, timeline.Unmanaged, ""), of(25, timeline.Unmanaged, "b"))
	unfound := func(seconds float64, err string) load.Record {
		r := request(seconds, untagged, "b-v1")
		r.Err, r.Chain = err, nil
		return r
	}
	for _, c := range []struct {
		name   string
		events []timeline.Event
		record load.Record
		broken string
	}{
		{"tagged falls back while there is no lane", lane, request(30, tagged, "b-v1"), ""},
		{"tagged was on its way when the lane went", lane, request(19.95, tagged, "b-v1"), ""},
		{"tagged, the lane is back for long", lane, request(46, tagged, "b-v1"), InLane},
		{"tagged, the lane is back just now", lane, request(44, tagged, "b-v1"), ""},
		{"untagged in a canary pod while there is no lane", lane, request(30, untagged, "b-v2-canary"), Outside},
		{"no way in while there is no lane", lane, unfound(30, "HTTP 404: "), Whole},

		{"untagged in a canary pod before the objects go", group, request(24, untagged, "b-v2-canary"), Outside},
		{"untagged in a canary pod without us", group, request(30, untagged, "b-v2-canary"), ""},
		{"untagged in a canary pod, and we are back for long", group, request(46, untagged, "b-v2-canary"), Outside},
		{"a pod nobody knows, without us", group, request(30, untagged, "b-v9"), Known},
		{"no way in without us", group, unfound(30, "HTTP 404: "), ""},
		{"no way in before ours goes", group, unfound(20.2, "HTTP 404: "), Whole},
		{"no way in, and ours is heard to be gone after that", group, unfound(20.6, "HTTP 404: "), ""},
		{"no way in long after ours is back", group, unfound(47, "HTTP 404: "), Whole},
		{"lost without us", group, unfound(30, "HTTP 503: "), Whole},
		{"tagged in the baseline without us", group, request(30, tagged, "b-v1"), ""},

		{"handed on: untagged in a canary pod in between", handed, request(28, untagged, "b-v2-canary"), ""},
		{"handed on: untagged in a canary pod", handed, request(37, untagged, "b-v2-canary"), Outside},
		{"handed on: the other lane is owed", handed, request(37, "other", "b-v1"), InLane},
		{"handed on: in the other lane", handed, request(37, "other", "b-v2-canary"), ""},
		{"handed on: the first lane's tag is nobody's", handed, request(37, tagged, "b-v2-canary"), Outside},
		{"handed on: it meets the baseline", handed, request(37, tagged, "b-v1"), ""},

		{"untagged in a canary pod, and nobody removed anything", lost, request(30, untagged, "b-v2-canary"), Outside},
		{"no way in, and nobody removed anything", lost, unfound(30, "HTTP 404: "), Whole},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireBroken(t, c.broken, c.events, c.record)
		})
	}
}

// An undone version is nobody's, with us or without.
func TestRemovalExcusesNoUndoneVersion(t *testing.T) {
	events := append(undone(), timeline.Event{At: at(40), Kind: timeline.GroupRemoved}, timeline.Event{At: at(41), Kind: timeline.Unmanaged, Service: "b"})
	report := Check(events, []load.Record{request(50, "", "b-v2-canary")}, "a", "b")
	if len(report.Violations) != 1 || report.Violations[0].Promise != Withdraw {
		t.Errorf("it is excused: %s", report)
	}
}
