package promise

import (
	"testing"

	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// tag is an event about a tag.
func tag(seconds float64, k timeline.Kind, name string) timeline.Event {
	return timeline.Event{At: at(seconds), Kind: k, Tag: name}
}

// deleted: b v2 in its lane, whose Rollout is deleted at 30; Kruise takes the
// canary away at 31, and the stable pods are v2 from 35.
func deleted() []timeline.Event {
	return published(did(30, timeline.Promoted, ""), canary(31, timeline.PodEnds, "v2"),
		podEvent(33, timeline.PodSeen, "b", "v2"), podEvent(35, timeline.PodReady, "b", "v2"), podEvent(36, timeline.PodEnds, "b", "v1"))
}

// collected: as deleted, and its canary Deployment is gone at 30.4, half a second
// before the garbage collector has come to its pods.
func collected() []timeline.Event {
	return append(deleted(), did(30.4, timeline.CanaryGone, "v2"))
}

// back: v2 promoted, and v1 published again at 50: its canary is ready from 55.
// A stable pod of v1 appears at 60, the approval comes at 70.
func back() []timeline.Event {
	again := canary(55, timeline.PodReady, "v1")
	seen := canary(52, timeline.PodSeen, "v1")
	stable := podEvent(60, timeline.PodSeen, "b", "v1")
	stable.Pod, stable.IP = "b-v1-again", "b-v1-again"
	return approved(did(50, timeline.Published, "v1"), seen, again, stable, did(70, timeline.Approved, ""))
}

// tooEarly: v2 undone at 11, before any pod of it; Kruise goes on with v1.
func tooEarly() []timeline.Event {
	return begin(did(10, timeline.Published, "v2"), did(11, timeline.UndoAsked, ""), did(11.5, timeline.UndoDone, ""),
		did(11.5, timeline.Published, "v1"), canary(14, timeline.PodSeen, "v1"), canary(15, timeline.PodReady, "v1"))
}

// renamed: the lane's tag was canary until it is deleted at 30, and is blue
// once that lane serves at 40.
func renamed() []timeline.Event {
	return published(tag(0, timeline.TagGone, "blue"),
		tag(30, timeline.TagMoves, "canary"), tag(33, timeline.TagGone, "canary"),
		tag(34, timeline.TagMoves, "blue"), tag(40, timeline.TagServes, "blue"))
}

func TestDeeds(t *testing.T) {
	const tagged, untagged = "canary", ""
	for _, c := range []struct {
		name   string
		events []timeline.Event
		record load.Record
		broken string
	}{
		{"Rollout deleted: untagged meets v2", deleted(), request(35, untagged, "b-v2"), ""},
		{"Rollout deleted: not before", deleted(), request(29, untagged, "b-v2"), Approval},
		{"Rollout deleted: untagged in the canary", deleted(), request(30.5, untagged, "b-v2-canary"), Outside},
		{"Rollout deleted: tagged goes back while the canary serves", deleted(), request(30.5, tagged, "b-v1"), Forward},
		{"Rollout deleted: tagged goes back while its Deployment is there", collected(), request(30.2, tagged, "b-v1"), Forward},
		{"Rollout deleted: tagged goes back before its pods are collected", collected(), request(30.5, tagged, "b-v1"), ""},
		{"Rollout deleted: tagged goes back when it is gone", deleted(), request(32, tagged, "b-v1"), ""},

		{"back to v1: untagged meets it before the approval", back(), request(65, untagged, "b-v1-again"), Approval},
		{"back to v1: untagged meets it after", back(), request(72, untagged, "b-v1-again"), ""},
		{"back to v1: untagged in its canary", back(), request(72, untagged, "b-v1-canary"), Outside},
		{"back to v1: tagged owes the lane", back(), request(62, tagged, "b-v2"), InLane},
		{"back to v1: tagged in the lane", back(), request(62, tagged, "b-v1-canary"), ""},
		{"back to v1: tagged goes back to v2", back(), request(75, tagged, "b-v2"), Forward},
		{"back to v1: v1 was not to be met before", back(), request(45, tagged, "b-v1"), Forward},

		{"undo before a pod: v1 as canary is the lane's", tooEarly(), request(25, tagged, "b-v1"), InLane},
		{"undo before a pod: tagged in it", tooEarly(), request(25, tagged, "b-v1-canary"), ""},
		{"undo before a pod: untagged in it", tooEarly(), request(25, untagged, "b-v1-canary"), Outside},

		{"renamed: the old tag is the lane's", renamed(), request(29, tagged, "b-v1"), InLane},
		{"renamed: on its way, either", renamed(), request(31, tagged, "b-v1"), ""},
		{"renamed: on its way, or", renamed(), request(31, tagged, "b-v2-canary"), ""},
		{"renamed: sent before, answered after", renamed(), request(29.95, tagged, "b-v1"), ""},
		{"renamed: the old tag is nobody's", renamed(), request(35, tagged, "b-v2-canary"), Outside},
		{"renamed: and meets the baseline", renamed(), request(35, tagged, "b-v1"), ""},
		{"renamed: the new tag is not the lane's yet", renamed(), request(29, "blue", "b-v2-canary"), Outside},
		{"renamed: the new tag", renamed(), request(41, "blue", "b-v1"), InLane},
		{"renamed: the new tag in the lane", renamed(), request(41, "blue", "b-v2-canary"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireBroken(t, c.broken, c.events, c.record)
		})
	}
}

// A person's own doing excuses what is lost or falls back meanwhile, and nothing
// else.
func TestHarm(t *testing.T) {
	broken := published(did(20, timeline.Harmed, ""), did(22, timeline.Healed, ""))
	scaled := published(did(20, timeline.NoBaseline, ""), did(25, timeline.Healed, ""))
	untold := published(did(20, timeline.Untold, ""), did(25, timeline.Healed, ""), did(23, timeline.Written, ""))
	silent := published(did(19, timeline.Written, ""), did(20, timeline.Untold, ""), did(25, timeline.Healed, ""))
	lost := func(seconds float64, tag string) load.Record {
		r := request(seconds, tag, "b-v1")
		r.Err = "HTTP 503"
		return r
	}
	for _, c := range []struct {
		name    string
		events  []timeline.Event
		record  load.Record
		excused bool
	}{
		{"lost before", broken, lost(19.8, ""), false},
		{"lost on its way", broken, lost(19.95, ""), true},
		{"lost", broken, lost(21, "canary"), true},
		{"fell back", broken, request(21, "canary", "b-v1"), true},
		{"lost after", broken, lost(22.5, ""), false},
		{"untagged in a lane", broken, request(21, "", "b-v2-canary"), false},
		{"a pod nobody knows", broken, request(21, "", "b-v9"), false},

		{"no baseline: untagged is lost", scaled, lost(23, ""), true},
		{"no baseline: tagged is lost although its lane is there", scaled, lost(23, "canary"), false},
		{"no baseline: untagged in a lane", scaled, request(23, "", "b-v2-canary"), false},
		{"no baseline: later", scaled, lost(26, ""), false},

		{"untold: tagged is lost once it was written", untold, lost(24, "canary"), true},
		{"untold: and the watch hears late", untold, lost(22.5, "canary"), true},
		{"untold: tagged is lost before", untold, lost(21.5, "canary"), false},
		{"untold: tagged is lost after", untold, lost(25.5, "canary"), false},
		{"untold: untagged is lost", untold, lost(24, ""), false},
		{"untold: tagged fell back", untold, request(24, "canary", "b-v1"), false},
		{"untold: untagged in a lane", untold, request(24, "", "b-v2-canary"), false},
		{"untold: nothing was written", silent, lost(24, "canary"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := Check(c.events, []load.Record{c.record}, "a", "b")
			if report.Excused+len(report.Violations) != 1 || (report.Excused == 1) != c.excused {
				t.Errorf("excused %d, want %v\n%s", report.Excused, c.excused, report)
			}
		})
	}
}
