package promise

import (
	"strings"
	"testing"
	"time"

	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

var zero = time.Unix(1_000_000, 0)

func at(seconds float64) time.Time {
	return zero.Add(time.Duration(seconds * float64(time.Second)))
}

// Every story begins with a (v1) and b (v1) at rest. Their pods' addresses are
// the pods' names.
func begin(more ...timeline.Event) []timeline.Event {
	return append([]timeline.Event{
		{At: at(0), Kind: timeline.Baseline, Service: "a", Version: "v1"},
		{At: at(0), Kind: timeline.Baseline, Service: "b", Version: "v1"},
		podEvent(0, timeline.PodSeen, "a", "v1"), podEvent(0, timeline.PodReady, "a", "v1"),
		podEvent(0, timeline.PodSeen, "b", "v1"), podEvent(0, timeline.PodReady, "b", "v1"),
	}, more...)
}

// A pod is called after what it runs: b-v2 is a stable pod, b-v2-canary is not.
func podEvent(seconds float64, k timeline.Kind, service, version string) timeline.Event {
	return timeline.Event{At: at(seconds), Kind: k, Service: service, Version: version, Pod: service + "-" + version, IP: service + "-" + version}
}

func canary(seconds float64, k timeline.Kind, version string) timeline.Event {
	e := podEvent(seconds, k, "b", version)
	e.Canary, e.Pod, e.IP = true, e.Pod+"-canary", e.IP+"-canary"
	return e
}

func did(seconds float64, k timeline.Kind, version string) timeline.Event {
	return timeline.Event{At: at(seconds), Kind: k, Service: "b", Version: version}
}

// published: b v2 at 10, its canary ready at 15.
func published(more ...timeline.Event) []timeline.Event {
	return append(begin(did(10, timeline.Published, "v2"),
		canary(12, timeline.PodSeen, "v2"), canary(15, timeline.PodReady, "v2")), more...)
}

// approved: at 30; the stable pods are v2 from 35, the canary goes at 37.
func approved(more ...timeline.Event) []timeline.Event {
	return append(published(did(30, timeline.Approved, ""),
		podEvent(33, timeline.PodSeen, "b", "v2"), podEvent(35, timeline.PodReady, "b", "v2"),
		podEvent(36, timeline.PodEnds, "b", "v1"), canary(37, timeline.PodEnds, "v2")), more...)
}

// undone: asked for at 30, the command returned at 31, the canary goes at 32.
func undone() []timeline.Event {
	return published(did(30, timeline.UndoAsked, ""), did(31, timeline.UndoDone, ""),
		canary(32, timeline.PodEnds, "v2"))
}

// twice: v3 instead of v2, published at 30.
func twice() []timeline.Event {
	return published(did(30, timeline.Published, "v3"), canary(33, timeline.PodEnds, "v2"),
		canary(35, timeline.PodSeen, "v3"), canary(38, timeline.PodReady, "v3"))
}

// request at a time, answered after 100 ms by a's stable pod and by the given
// pod of b.
func request(seconds float64, tag, podOfB string) load.Record {
	version := strings.Split(podOfB, "-")[1]
	return load.Record{Tag: tag, Start: at(seconds), End: at(seconds + 0.1), Chain: load.Chain{
		{App: "a", Version: "v1", IP: "a-v1"}, {App: "b", Version: version, IP: podOfB}}}
}

// requireBroken judges one request after what happened: it breaks the promise,
// or none.
func requireBroken(t *testing.T, promise string, events []timeline.Event, r load.Record) {
	t.Helper()
	report := Check(events, []load.Record{r}, "a", "b")
	broken := ""
	if len(report.Violations) > 0 {
		broken = report.Violations[0].Promise
	}
	if broken != promise {
		t.Errorf("%s at %s: broken %q, want %q\n%s", r.Chain, r.Start.Sub(zero), broken, promise, report)
	}
}

func TestPromises(t *testing.T) {
	const tagged, untagged = "canary", ""
	for _, c := range []struct {
		name   string
		events []timeline.Event
		record load.Record
		broken string
	}{
		{"at rest, untagged", begin(), request(5, untagged, "b-v1"), ""},
		{"at rest, tagged falls back", begin(), request(5, tagged, "b-v1"), ""},
		{"a pod nobody knows", begin(), request(5, untagged, "b-v9"), Known},

		{"untagged in a canary pod", published(), request(20, untagged, "b-v2-canary"), Outside},
		{"untagged in a canary pod after approval", approved(), request(35, untagged, "b-v2-canary"), Outside},
		{"untagged meets v2 before approval", approved(), request(29.8, untagged, "b-v2"), Approval},
		{"untagged was on its way at approval", approved(), request(29.95, untagged, "b-v2"), ""},
		{"untagged meets v2 after approval", approved(), request(35, untagged, "b-v2"), ""},
		{"untagged meets v1 while it goes", approved(), request(35.5, untagged, "b-v1"), ""},

		{"tagged, the canary has just become ready", published(), request(19.9, tagged, "b-v1"), ""},
		{"tagged, the canary is ready for long", published(), request(20, tagged, "b-v1"), InLane},
		{"tagged in its lane", published(), request(20, tagged, "b-v2-canary"), ""},
		{"tagged was on its way at the undo", undone(), request(29.95, tagged, "b-v1"), ""},
		{"tagged just before the undo", undone(), request(29.8, tagged, "b-v1"), InLane},
		{"tagged, the canary was killed", published(killed(25)), request(25, tagged, "b-v1"), ""},
		{"tagged, before the kill", published(killed(25)), request(24, tagged, "b-v1"), InLane},
		{"tagged, the killed canary is back", published(killed(25), canary(26, timeline.PodReady, "v2")), request(40, tagged, "b-v1"), InLane},

		{"tagged goes back to v1 after approval", approved(), request(30.5, tagged, "b-v1"), Forward},
		{"tagged goes back to v1 much later", approved(), request(60, tagged, "b-v1"), Forward},
		{"tagged in the canary after approval", approved(), request(33, tagged, "b-v2-canary"), ""},
		{"tagged in the new baseline", approved(), request(35.5, tagged, "b-v2"), ""},

		{"tagged meets the undone version within the grace", undone(), request(34, tagged, "b-v2-canary"), ""},
		{"tagged meets the undone version later", undone(), request(36.5, tagged, "b-v2-canary"), Withdraw},
		{"tagged meets v1 after the undo", undone(), request(30.5, tagged, "b-v1"), ""},

		{"v3: tagged meets v2 while it ends", twice(), request(33, tagged, "b-v2-canary"), ""},
		{"v3: tagged meets v2 later", twice(), request(35, tagged, "b-v2-canary"), Withdraw},
		{"v3: tagged falls back in between", twice(), request(36, tagged, "b-v1"), ""},
		{"v3: tagged owes its lane", twice(), request(44, tagged, "b-v1"), InLane},
		{"v3: untagged meets neither", twice(), request(44, untagged, "b-v3-canary"), Outside},

		{"rolled out without approval", rolledOut(), request(15, untagged, "b-v2"), Approval},
		{"overlooked by Kruise, which rolled it out", rolledOut(did(20, timeline.Overlooked, "")), request(15, untagged, "b-v2"), ""},
		{"overlooked excuses no canary", published(did(20, timeline.Overlooked, "")), request(16, untagged, "b-v2-canary"), Outside},

		{"undo after approval: back pod by pod", wavering(), request(37, untagged, "b-v2"), ""},
		{"undo after approval: v2 long gone", wavering(), request(50, untagged, "b-v2"), Approval},
		{"undo after approval: tagged meets v1", wavering(), request(36, tagged, "b-v1"), ""},
		{"undo after approval: tagged before the undo", wavering(), request(30.2, tagged, "b-v1"), Forward},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireBroken(t, c.broken, c.events, c.record)
		})
	}
}

func killed(seconds float64) timeline.Event { return canary(seconds, timeline.Killed, "v2") }

// wavering: approved at 30, undone at 31; one stable v2 pod lived until 38.
func wavering() []timeline.Event {
	return published(did(30, timeline.Approved, ""), did(31, timeline.UndoAsked, ""), did(31.5, timeline.UndoDone, ""),
		podEvent(33, timeline.PodSeen, "b", "v2"), podEvent(34, timeline.PodReady, "b", "v2"),
		canary(32, timeline.PodEnds, "v2"), podEvent(38, timeline.PodEnds, "b", "v2"))
}

func TestLostRequests(t *testing.T) {
	failed := request(5, "", "b-v1")
	failed.Err = "HTTP 503: no healthy upstream"
	short := request(5, "", "b-v1")
	short.Chain = short.Chain[:1]
	report := Check(begin(), []load.Record{failed, short, request(6, "", "b-v1"), request(7, "", "b-v9")}, "a", "b")
	if report.Sent != 4 || report.Lost != 2 || report.Misrouted != 1 {
		t.Errorf("report %+v", report)
	}
	for _, want := range []string{"BROKEN: " + Whole + " (2 requests", "BROKEN: " + Known, "HTTP 503: no healthy upstream", "0.00s  baseline    b v1"} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
	}
}

// rolledOut: b v2 published at 10, for which Kruise begins no release: the
// stable pods are v2 from 13.
func rolledOut(more ...timeline.Event) []timeline.Event {
	return append(begin(did(10, timeline.Published, "v2"),
		podEvent(12, timeline.PodSeen, "b", "v2"), podEvent(13, timeline.PodReady, "b", "v2")), more...)
}

// The second release of a service is judged against what the first one left.
func TestSecondRelease(t *testing.T) {
	events := approved(did(50, timeline.Published, "v3"),
		canary(52, timeline.PodSeen, "v3"), canary(55, timeline.PodReady, "v3"), did(70, timeline.Approved, ""),
		podEvent(72, timeline.PodSeen, "b", "v3"), podEvent(73, timeline.PodReady, "b", "v3"))
	for _, c := range []struct {
		record load.Record
		broken string
	}{
		{request(54, "canary", "b-v2"), ""},
		{request(61, "canary", "b-v2"), InLane},
		{request(61, "", "b-v3"), Approval},
		{request(74, "canary", "b-v2"), Forward},
		{request(74, "canary", "b-v1"), Forward},
		{request(74, "canary", "b-v3"), ""},
	} {
		requireBroken(t, c.broken, events, c.record)
	}
}

// While no manager can follow, lanes stay as they are; nobody else may notice.
func TestManagersAway(t *testing.T) {
	away := func(k timeline.Kind, seconds float64) timeline.Event { return timeline.Event{At: at(seconds), Kind: k} }
	events := published(away(timeline.Away, 11), away(timeline.Back, 40), did(50, timeline.UndoAsked, ""), did(51, timeline.UndoDone, ""))
	for _, c := range []struct {
		record load.Record
		broken string
	}{
		{request(30, "canary", "b-v1"), ""},
		{request(44, "canary", "b-v1"), ""},
		{request(46, "canary", "b-v1"), InLane},
		{request(30, "", "b-v2-canary"), Outside},
		{request(30, "canary", "b-v9"), Known},
		{request(60, "canary", "b-v2-canary"), Withdraw},
	} {
		requireBroken(t, c.broken, events, c.record)
	}
}

// Nor is anybody thrown back by an approval that no manager follows.
func TestApprovedWhileManagersAreAway(t *testing.T) {
	events := published(timeline.Event{At: at(25), Kind: timeline.Away}, did(30, timeline.Approved, ""))
	requireBroken(t, "", events, request(29, "canary", "b-v1"))
	requireBroken(t, Forward, events, request(31, "canary", "b-v1"))
	requireBroken(t, "", events, request(31, "canary", "b-v2-canary"))

	events = append([]timeline.Event{{At: at(5), Kind: timeline.Away}}, published(did(30, timeline.Approved, ""))...)
	requireBroken(t, "", events, request(31, "canary", "b-v1"))
}

// A settle time that is longer than a canary takes to be ready puts its lane's
// route off, and not for ever.
func TestLongSettle(t *testing.T) {
	events := published() // at 10, and ready at 15
	for seconds, broken := range map[float64]bool{21: false, 41: false, 43: true} {
		report := CheckSettled(30*time.Second, events, []load.Record{request(seconds, "canary", "b-v1")}, "a", "b")
		if is := len(report.Violations) > 0; is != broken {
			t.Errorf("at %.0fs: broken %v, want %v\n%s", seconds, is, broken, report)
		}
	}
}
