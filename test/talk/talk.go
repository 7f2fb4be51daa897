package talk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/coder/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"lanekeeper.io/test/load"
)

// Way is how the talking application is reached, and what a caller says of himself.
type Way struct {
	Address string // host:port
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Header  map[string]string
}

// Conversation is one of a kind.
type Conversation interface {
	// Turn says something, or waits for what is said, and returns which chain answered.
	Turn(ctx context.Context) (load.Chain, error)
	Close()
}

// Kind is a way of conversing.
type Kind struct {
	Name string
	// Stays reports whether all turns of one conversation are told by the same pods.
	Stays bool
	Open  func(ctx context.Context, w Way) (Conversation, error)
}

// Kinds are all there are, by name.
func Kinds() []Kind {
	all := map[string]Kind{
		"once over HTTP/1.1":  {Open: openOnce(func(p *http.Protocols) { p.SetHTTP1(true) })},
		"once over HTTP/2":    {Open: openOnce(func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) })},
		"server-sent events":  {Stays: true, Open: openEvents},
		"a WebSocket":         {Stays: true, Open: openSocket},
		"gRPC, unary":         {Open: openCalls(Unary)},
		"gRPC, client stream": {Open: openCalls(Send)},
		"gRPC, server stream": {Stays: true, Open: openStream(Receive)},
		"gRPC, two ways":      {Stays: true, Open: openStream(Both)},
	}
	var out []Kind
	for _, name := range slices.Sorted(maps.Keys(all)) {
		k := all[name]
		k.Name = name
		out = append(out, k)
	}
	return out
}

func (w Way) client(allow func(*http.Protocols)) *http.Client {
	t := &http.Transport{DialContext: w.Dial, Protocols: &http.Protocols{}}
	allow(t.Protocols)
	return &http.Client{Transport: t}
}

func (w Way) header() http.Header {
	out := http.Header{}
	for k, v := range w.Header {
		out.Set(k, v)
	}
	return out
}

// get asks for a path, and returns the answer unless it is an error's.
func (w Way) get(ctx context.Context, c *http.Client, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.Address+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header = w.header()
	res, err := c.Do(req)
	if err == nil && res.StatusCode != http.StatusOK {
		defer c.CloseIdleConnections()
		defer res.Body.Close()
		body, _ := io.ReadAll(io.LimitReader(res.Body, 200))
		return nil, fmt.Errorf("HTTP %s: %s", res.Status, body)
	}
	return res, err
}

// Once asks a single time; the last application of the chain thinks for so long before it answers.
func Once(ctx context.Context, w Way, after string) (load.Chain, error) {
	c := w.client(func(p *http.Protocols) { p.SetHTTP1(true) })
	defer c.CloseIdleConnections()
	return w.once(ctx, c, "/talk/once?after="+after)
}

func (w Way) once(ctx context.Context, c *http.Client, path string) (load.Chain, error) {
	res, err := w.get(ctx, c, path)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	return load.Parse(string(body))
}

type once struct {
	way    Way
	client *http.Client
}

func openOnce(allow func(*http.Protocols)) func(context.Context, Way) (Conversation, error) {
	return func(_ context.Context, w Way) (Conversation, error) { return once{w, w.client(allow)}, nil }
}

func (o once) Turn(ctx context.Context) (load.Chain, error) {
	return o.way.once(ctx, o.client, "/talk/once")
}
func (o once) Close() { o.client.CloseIdleConnections() }

type events struct {
	body  io.ReadCloser
	lines *bufio.Scanner
}

func openEvents(ctx context.Context, w Way) (Conversation, error) {
	res, err := w.get(ctx, w.client(func(p *http.Protocols) { p.SetHTTP1(true) }), "/talk/events")
	if err != nil {
		return nil, err
	}
	return events{res.Body, bufio.NewScanner(res.Body)}, nil
}

func (e events) Turn(context.Context) (load.Chain, error) {
	for e.lines.Scan() {
		if chain, ok := strings.CutPrefix(e.lines.Text(), "data: "); ok {
			return load.Parse(chain)
		}
	}
	return nil, errors.Join(e.lines.Err(), errors.New("the events have ended"))
}
func (e events) Close() { e.body.Close() }

type socket struct{ conn *websocket.Conn }

func openSocket(ctx context.Context, w Way) (Conversation, error) {
	c := w.client(func(p *http.Protocols) { p.SetHTTP1(true) })
	conn, _, err := websocket.Dial(ctx, "ws://"+w.Address+"/talk/socket", &websocket.DialOptions{HTTPClient: c, HTTPHeader: w.header()})
	if err != nil {
		c.CloseIdleConnections()
	}
	return socket{conn}, err
}

func (s socket) Turn(ctx context.Context) (load.Chain, error) {
	if err := s.conn.Write(ctx, websocket.MessageText, []byte("?")); err != nil {
		return nil, err
	}
	_, chain, err := s.conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	return load.Parse(string(chain))
}
func (s socket) Close() { _ = s.conn.CloseNow() }

func (w Way) connect() (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+w.Address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) { return w.Dial(ctx, "tcp", address) }))
}

// calls are one after the other.
type calls struct {
	way    Way
	method grpc.StreamDesc
	conn   *grpc.ClientConn
}

func openCalls(method grpc.StreamDesc) func(context.Context, Way) (Conversation, error) {
	return func(_ context.Context, w Way) (Conversation, error) {
		conn, err := w.connect()
		return calls{w, method, conn}, err
	}
}

func (c calls) Turn(ctx context.Context) (load.Chain, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.conn.NewStream(metadata.NewOutgoingContext(ctx, metadata.New(c.way.Header)), &c.method, Method(c.method))
	if err != nil {
		return nil, err
	}
	if err := stream.SendMsg(wrapperspb.String("?")); err != nil {
		return nil, err
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	return chainFrom(stream)
}
func (c calls) Close() { c.conn.Close() }

// stream is one call of many turns.
type stream struct {
	grpc.ClientStream
	conn *grpc.ClientConn
	asks bool // each turn
}

func openStream(method grpc.StreamDesc) func(context.Context, Way) (Conversation, error) {
	return func(ctx context.Context, w Way) (Conversation, error) {
		conn, err := w.connect()
		if err != nil {
			return nil, err
		}
		s, err := conn.NewStream(metadata.NewOutgoingContext(ctx, metadata.New(w.Header)), &method, Method(method))
		if err == nil && !method.ClientStreams {
			err = errors.Join(s.SendMsg(wrapperspb.String("?")), s.CloseSend())
		}
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return stream{s, conn, method.ClientStreams}, nil
	}
}

func (s stream) Turn(context.Context) (load.Chain, error) {
	if s.asks {
		if err := s.SendMsg(wrapperspb.String("?")); err != nil {
			return nil, err
		}
	}
	return chainFrom(s)
}
func (s stream) Close() { s.conn.Close() }

func chainFrom(s grpc.ClientStream) (load.Chain, error) {
	chain := new(wrapperspb.StringValue)
	if err := s.RecvMsg(chain); err != nil {
		return nil, err
	}
	return load.Parse(chain.Value)
}
