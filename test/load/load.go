package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
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
	// Timeout after which a request is lost; 10s.
	Timeout time.Duration
	// Limit is the number of requests after which the run stops by itself, so
	// that a forgotten one ends; 500,000.
	Limit int64
	// InFlight is how many requests may be open at once; one more is recorded
	// as lost instead of being sent; 2,000.
	InFlight int64
}

// Run is load that is under way.
type Run struct {
	config Config
	client *http.Client
	stop   context.CancelFunc
	begun  time.Time

	sending  sync.WaitGroup // the streams and the open requests
	sent     atomic.Int64
	inFlight atomic.Int64
	late     atomic.Int64 // the longest delay of a sending, in ns

	mu      sync.Mutex
	records []Record
	chains  map[string]answer // by body
}

type answer struct {
	chain Chain
	err   string
}

// Start sends the streams until Stop or the end of the context.
func Start(ctx context.Context, c Config) (*Run, error) {
	if len(c.Streams) == 0 {
		return nil, errors.New("load: no streams")
	}
	for _, s := range c.Streams {
		if s.Rate <= 0 || s.Rate > 10000 {
			return nil, fmt.Errorf("load: stream %s: rate %d is not within 1 and 10000", s.Name, s.Rate)
		}
	}
	c.Timeout = or(c.Timeout, 10*time.Second)
	c.Limit = or(c.Limit, 500_000)
	c.InFlight = or(c.InFlight, 2_000)
	ctx, stop := context.WithCancel(ctx)
	r := &Run{config: c, client: newClient(c), stop: stop, begun: time.Now(), chains: map[string]answer{}}
	for _, s := range c.Streams {
		r.sending.Go(func() { r.pace(ctx, s) })
	}
	return r, nil
}

// newClient keeps connections: a lane that changes must not cost those that are
// open, and opening one per request would measure something else.
func newClient(c Config) *http.Client {
	return &http.Client{Timeout: c.Timeout, Transport: &http.Transport{
		DialContext:         c.Dial,
		MaxIdleConns:        512,
		MaxIdleConnsPerHost: 512,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true,
	}}
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
