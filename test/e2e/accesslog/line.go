package accesslog

import (
	"net"
	"strconv"
	"strings"
	"time"
)

// Line is one request as one proxy saw it.
type Line struct {
	Start    time.Time
	Duration time.Duration
	Flags    string // Envoy's response flags, such as UF or URX
	Details  string // response code details, such as upstream_reset_before_response_started
	Upstream string // the address of the chosen endpoint, without its port
	ID       string // of the request: the header my-request-id
	Text     string // as it was logged
}

// End is when the request was over for the proxy.
func (l Line) End() time.Time { return l.Start.Add(l.Duration) }

// ConnectTimedOut reports whether the proxy gave up opening a connection to the
// upstream, as it does to one that is too slow to shake hands.
func (l Line) ConnectTimedOut() bool {
	return strings.Contains(l.Flags, "UF") &&
		(strings.Contains(l.Details, "connection_timeout") || strings.Contains(l.Details, "connection timeout"))
}

// Parse reads a line. Whatever else a proxy says on its output is no line.
func Parse(text string) (Line, bool) {
	if !strings.HasPrefix(text, "start=") {
		return Line{}, false
	}
	fields := map[string]string{}
	for rest := text; rest != ""; {
		var key, value string
		key, rest, _ = strings.Cut(rest, "=")
		value, rest = cutValue(rest)
		fields[key] = value
	}
	start, err := time.Parse(time.RFC3339, fields["start"])
	if err != nil {
		return Line{}, false
	}
	ms, err := strconv.Atoi(fields["duration"])
	if err != nil {
		return Line{}, false
	}
	upstream, _, err := net.SplitHostPort(fields["upstream"])
	if err != nil {
		upstream = "" // nobody was chosen
	}
	return Line{
		Start: start, Duration: time.Duration(ms) * time.Millisecond,
		Flags: fields["flags"], Details: fields["details"],
		Upstream: upstream, ID: fields["id"], Text: text,
	}, true
}

// cutValue takes the value, quoted or not, and the space behind it.
func cutValue(s string) (value, rest string) {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		value, rest, _ = strings.Cut(quoted, `"`)
		return value, strings.TrimPrefix(rest, " ")
	}
	value, rest, _ = strings.Cut(s, " ")
	return value, rest
}
