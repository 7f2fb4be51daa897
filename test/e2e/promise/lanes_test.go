package promise

import (
	"testing"

	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// intoBlue: tag blue asks for a lane of its own, into which b v2 is released at 10; its
// canary is ready at 15. The rest is as it is told of the one lane.
func intoBlue(more []timeline.Event) []timeline.Event {
	asks := timeline.Event{At: at(0), Kind: timeline.TagServes, Tag: "blue", Lane: "blue"}
	into := timeline.Event{At: at(9), Kind: timeline.Into, Service: "b", Lane: "blue"}
	return append([]timeline.Event{asks, into}, more...)
}

// thenCanary: v2 is approved at 30, and v3 goes into the samples' lane at 50; its
// canary is ready at 55, its approval comes at 70, and its stable pods at 73.
func thenCanary() []timeline.Event {
	return intoBlue(approved(timeline.Event{At: at(45), Kind: timeline.Into, Service: "b"},
		did(50, timeline.Published, "v3"), canary(52, timeline.PodSeen, "v3"), canary(55, timeline.PodReady, "v3"),
		did(70, timeline.Approved, ""), podEvent(72, timeline.PodSeen, "b", "v3"), podEvent(73, timeline.PodReady, "b", "v3")))
}

func TestTwoGrayLanes(t *testing.T) {
	const tagCanary, tagBlue, untagged = "canary", "blue", ""
	moving := intoBlue(published(timeline.Event{At: at(25), Kind: timeline.TagMoves, Tag: tagCanary}))
	for _, c := range []struct {
		name   string
		events []timeline.Event
		record load.Record
		broken string
	}{
		{"blue in its lane", intoBlue(published()), request(20, tagBlue, "b-v2-canary"), ""},
		{"blue owes its lane", intoBlue(published()), request(20, tagBlue, "b-v1"), InLane},
		{"canary in blue", intoBlue(published()), request(20, tagCanary, "b-v2-canary"), Another},
		{"canary in blue while its tag moves", moving, request(26, tagCanary, "b-v2-canary"), Another},
		{"canary meets the baseline", intoBlue(published()), request(20, tagCanary, "b-v1"), ""},
		{"canary meets blue's version before its approval", intoBlue(approved()), request(29.8, tagCanary, "b-v2"), Approval},
		{"untagged in blue", intoBlue(published()), request(20, untagged, "b-v2-canary"), Outside},
		{"blue in the samples' lane", published(timeline.Event{At: at(0), Kind: timeline.TagServes, Tag: tagBlue, Lane: "blue"}),
			request(20, tagBlue, "b-v2-canary"), Another},
		{"tag of another name for the samples' lane", published(tag(0, timeline.TagServes, "tester")), request(20, "tester", "b-v2-canary"), ""},

		{"blue approved: blue goes back", intoBlue(approved()), request(31, tagBlue, "b-v1"), Forward},
		{"blue approved: canary meets what is left", intoBlue(approved()), request(35.5, tagCanary, "b-v1"), ""},
		{"blue approved: canary meets the new baseline", intoBlue(approved()), request(35.5, tagCanary, "b-v2"), ""},
		{"blue approved: canary in its canary", intoBlue(approved()), request(35.5, tagCanary, "b-v2-canary"), Another},
		{"blue undone: canary meets it within blue's grace", intoBlue(undone()), request(31.5, tagCanary, "b-v2-canary"), Another},
		{"blue undone: blue meets it within the grace", intoBlue(undone()), request(34, tagBlue, "b-v2-canary"), ""},
		{"blue undone: blue meets it later", intoBlue(undone()), request(36.5, tagBlue, "b-v2-canary"), Withdraw},

		{"then canary: it owes its lane", thenCanary(), request(61, tagCanary, "b-v2"), InLane},
		{"then canary: in its lane", thenCanary(), request(61, tagCanary, "b-v3-canary"), ""},
		{"then canary: blue meets it", thenCanary(), request(61, tagBlue, "b-v3-canary"), Another},
		{"then canary: blue meets the baseline", thenCanary(), request(61, tagBlue, "b-v2"), ""},
		{"then canary: blue goes back to before its own", thenCanary(), request(61, tagBlue, "b-v1"), Forward},
		{"then canary approved: blue meets what is left", thenCanary(), request(72.5, tagBlue, "b-v2"), ""},
		{"then canary approved: canary goes back", thenCanary(), request(74, tagCanary, "b-v2"), Forward},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireBroken(t, c.broken, c.events, c.record)
		})
	}
}
