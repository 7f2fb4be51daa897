package lane

import (
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Tag is by what a request carries its lane's tag: a header, which the applications pass on; or, in
// groups whose traceHeader is baggage, also a member of that, which instrumentation passes on without a
// line of code; or, in groups with another traceHeader, an id that comes with every request, from which the
// mesh restores the header. A service that passes on nothing of it loses the lane for those behind it.
type Tag struct {
	// RouteHeader is the header, in lower case, and the name of the member; empty in a strict group
	// that stamps nothing.
	RouteHeader string
	// Baggage is set when the tag is in W3C baggage, too.
	Baggage bool
	// Trace is the header of an id from which the mesh restores the tag, in lower case; empty where
	// the applications pass on the tag.
	Trace string
}

// TracedRoute ends the name of an ingress route for requests with an id of their own.
const TracedRoute = "/traced"

// BaggageHeader is the one of W3C baggage.
const BaggageHeader = "baggage"

// BaggageRoute ends the name of an ingress route for requests with baggage of their own.
const BaggageRoute = "/baggage"

// newTag reads how a group's tags travel. Nobody goes by them inside of a strict group.
func newTag(group *apiv1.ASMSwimLaneGroup) Tag {
	p := group.Spec.PermissiveModeConfiguration
	t := Tag{RouteHeader: strings.ToLower(p.RouteHeader)}
	switch trace := strings.ToLower(p.TraceHeader); {
	case t.RouteHeader == "":
	case trace == BaggageHeader:
		t.Baggage = true
	case restoresTags(group):
		t.Trace = trace
	}
	return t
}

// OwnHeaders are the headers that a group decides on, and no patch: those that carry a tag, and the
// one of the ids that it is restored from, since one id for all requests would be of no lane.
func (t Tag) OwnHeaders() []string {
	if t.Trace == "" {
		return t.TagHeaders()
	}
	return append(t.TagHeaders(), t.Trace)
}

// TagHeaders are the headers that carry a tag.
func (t Tag) TagHeaders() []string {
	switch {
	case t.RouteHeader == "":
		return nil
	case t.Baggage:
		return []string{t.RouteHeader, BaggageHeader}
	}
	return []string{t.RouteHeader}
}
