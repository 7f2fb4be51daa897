package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Header names that the samples agree on.
const (
	TagHeader = "x-asm-prefer-tag"
	IDHeader  = "my-request-id"
)

// Stream is requests of one kind.
type Stream struct {
	Name string
	Path string
	Tag  string // value of TagHeader; empty: the header is not sent
	Rate int    // requests per second
}

// Tagged and Untagged are the two streams of the samples' chain, at the rate
// that the promises are stated for.
func Tagged(lane string) Stream {
	return Stream{Name: "tagged", Path: "/mock", Tag: lane, Rate: 100}
}

// Untagged is everybody else.
func Untagged() Stream { return Stream{Name: "untagged", Path: "/mock", Rate: 100} }

// Config of a run.
type Config struct {
	URL     string // of the gateway
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Streams []Stream
	// Carries is what was measured (Sized): the streams together are kept within its
	// budget. 0: they are sent as they are.
	Carries Capacity
	// Timeout after which a request is lost; 10s.
	Timeout time.Duration
	// Limit is the number of requests after which the run stops by itself, so
	// that a forgotten one ends; 500,000.
	Limit int64
	// InFlight is how many requests of a stream may be open at once; one more is
	// recorded as lost instead of being sent. 0: four seconds' worth, at least 40.
	InFlight int64
}

// Run is load that is under way.
type Run struct {
	config Config
	client *http.Client
	stop   context.CancelFunc
	begun  time.Time

	sending sync.WaitGroup // the streams and the open requests
	sent    atomic.Int64
	late    atomic.Int64 // the longest delay of a sending, in ns
	lateNow atomic.Int64 // the same, of this second
	full    atomic.Bool  // a stream reached its bound in this second

	mu      sync.Mutex
	records []Record
	seconds []Second
	chains  map[string]answer // by body
}

// flow is a stream under way.
type flow struct {
	Stream
	most int64 // requests open at once
	open atomic.Int64
}

type answer struct {
	chain Chain
	err   string
}

// Start sends the streams until Stop or the end of the context.
func Start(ctx context.Context, c Config) (*Run, error) {
	if len(c.Streams) == 0 {
		return nil, errNoStreams
	}
	for _, s := range c.Streams {
		if s.Rate <= 0 || s.Rate > 10000 {
			return nil, fmt.Errorf("load: stream %s: rate %d is not within 1 and 10000", s.Name, s.Rate)
		}
	}
	r := newRun(c)
	ctx, r.stop = context.WithCancel(ctx)
	go r.watchMachine(ctx.Done())
	for _, s := range Fit(c.Streams, c.Carries.Budget()) {
		f := &flow{Stream: s, most: or(c.InFlight, s.bound())}
		r.sending.Go(func() { r.pace(ctx, f) })
	}
	return r, nil
}

func newRun(c Config) *Run {
	c.Timeout = or(c.Timeout, 10*time.Second)
	c.Limit = or(c.Limit, 500_000)
	return &Run{config: c, client: newClient(c), begun: time.Now(), chains: map[string]answer{}}
}

// bound of the requests that are open at a time. An open loop without one makes of
// a moment's stall a pile of connections that stalls the next moments.
func (s Stream) bound() int64 { return int64(max(40, 4*s.Rate)) }

// String says what is sent, for a person to read.
func (c Config) String() string {
	var streams []string
	for _, s := range Fit(c.Streams, c.Carries.Budget()) {
		streams = append(streams, fmt.Sprintf("%s %d/s (%d open at most)", s.Name, s.Rate, or(c.InFlight, s.bound())))
	}
	carries := ""
	if c.Carries > 0 {
		carries = fmt.Sprintf("; the machine carries %d/s, and all streams together may send a third of that, %d/s", c.Carries, c.Carries.Budget())
	}
	return strings.Join(streams, ", ") + carries
}

// Stop ends the streams, waits for the open requests, and returns all records
// in the order in which they ended. It may be called again.
func (r *Run) Stop() []Record {
	r.stop()
	r.sending.Wait()
	r.client.CloseIdleConnections()
	return r.Records()
}

// Records returns a copy of what is known so far.
func (r *Run) Records() []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Record(nil), r.records...)
}

// Late is the longest time a request was sent after it was due. A large one
// says that this machine, not the mesh, was too slow.
func (r *Run) Late() time.Duration { return time.Duration(r.late.Load()) }

func or[T comparable](value, otherwise T) T {
	if value == *new(T) {
		return otherwise
	}
	return value
}
