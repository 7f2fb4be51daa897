package lane

import (
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Tag is by what a request carries its lane's tag: a header, which the applications pass on; or, in
// groups whose traceHeader is baggage, also a member of that, which instrumentation passes on without a
// line of code. A service that knows neither loses the lane for those behind it.
type Tag struct {
	// RouteHeader is the header, in lower case, and the name of the member; empty in a strict group
	// that stamps nothing.
	RouteHeader string
	// Baggage is set when the tag is in W3C baggage, too.
	Baggage bool
}

// BaggageHeader is the one of W3C baggage.
const BaggageHeader = "baggage"

// BaggageRoute ends the name of an ingress route for requests with baggage of their own.
const BaggageRoute = "/baggage"

func newTag(p apiv1.PermissiveModeConfiguration) Tag {
	return Tag{RouteHeader: strings.ToLower(p.RouteHeader), Baggage: p.RouteHeader != "" && strings.EqualFold(p.TraceHeader, BaggageHeader)}
}

// TagHeaders are the headers that a group decides on, and no patch.
func (t Tag) TagHeaders() []string {
	switch {
	case t.RouteHeader == "":
		return nil
	case t.Baggage:
		return []string{t.RouteHeader, BaggageHeader}
	}
	return []string{t.RouteHeader}
}
