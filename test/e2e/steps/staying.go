package steps

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// visitor is a client with a jar of its own.
type visitor struct {
	baggage string
	cookie  *http.Cookie
	chain   string
	err     error
}

// baggages are what clients send: nothing, some of their own, and some by which they would choose a
// lane.
var baggages = []string{"", "user=jason", "x-asm-prefer-tag=s3", "user=jason, x-asm-prefer-tag = s2 ;p=1", "x-asm%2Dprefer-tag=s3"}

// callers are how many clients ask at a time.
const callers = 4

// Arrive lets so many new clients ask once, and judges how they were shared out.
func (s *Shares) Arrive(clients int, want Weights) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%d clients arrive, and are shared out as %v", clients, want), Do: func(ctx context.Context, p *scenario.Play) error {
		s.clients = make([]visitor, clients)
		for i := range s.clients {
			s.clients[i].baggage = baggages[i%len(baggages)]
		}
		if err := s.ask(ctx, p); err != nil {
			return err
		}
		met, weights := map[string]int{}, map[string]int{}
		for _, c := range s.clients {
			if c.cookie == nil {
				return fmt.Errorf("a client got no cookie: %+v", c)
			}
			met[c.chain]++
		}
		for lane, weight := range want {
			weights[chainOf[lane]] += weight
		}
		if why := load.Unfair(met, weights); why != "" {
			return fmt.Errorf("new clients: %s", why)
		}
		return nil
	}}
}

// Return lets all of them ask again: those that changed their lane went from one to the other,
// and are as many of a hundred as said, or there are none.
func (s *Shares) Return(from, to string, percent int) scenario.Step {
	what := "the clients come back, each to its lane"
	if percent > 0 {
		what = fmt.Sprintf("the clients come back, %d %% of them to lane %s now and no more to %s", percent, to, from)
	}
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error {
		before := slices.Clone(s.clients)
		if err := s.ask(ctx, p); err != nil {
			return err
		}
		met := map[string]int{"stayed": 0, "moved": 0}
		for i, c := range s.clients {
			switch was := before[i]; {
			case c.cookie.Value != was.cookie.Value:
				return fmt.Errorf("a client got another bucket: %s instead of %s", c.cookie, was.cookie)
			case c.chain == was.chain:
				met["stayed"]++
			case was.chain == chainOf[from] && c.chain == chainOf[to] && percent > 0:
				met["moved"]++
			default:
				return fmt.Errorf("a client with %s went from %s to %s", c.cookie, was.chain, c.chain)
			}
		}
		if percent == 0 {
			return nil
		}
		if why := load.Unfair(met, map[string]int{"stayed": 100 - percent, "moved": percent}); why != "" {
			return fmt.Errorf("clients that come back: %s", why)
		}
		return nil
	}}
}

// ask lets every client ask once.
func (s *Shares) ask(ctx context.Context, p *scenario.Play) error {
	way, err := p.Way(ctx)
	if err != nil {
		return err
	}
	transport := &http.Transport{DialContext: way.Dial, MaxIdleConnsPerHost: callers}
	defer transport.CloseIdleConnections()
	var asking sync.WaitGroup
	for n := range callers {
		asking.Go(func() {
			for i := n; i < len(s.clients) && ctx.Err() == nil; i += callers {
				s.clients[i].ask(ctx, transport, way.URL+SharesStreams[0].Path)
			}
		})
	}
	asking.Wait()
	for _, c := range s.clients {
		if c.err != nil {
			return c.err
		}
	}
	return ctx.Err()
}

// ask notes the chain that answers, and the cookie that comes with a first answer.
func (c *visitor) ask(ctx context.Context, transport http.RoundTripper, url string) {
	c.err = func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		req.AddCookie(&http.Cookie{Name: "other", Value: "1"})
		if c.baggage != "" {
			req.Header.Set("baggage", c.baggage)
		}
		if c.cookie != nil {
			req.AddCookie(&http.Cookie{Name: c.cookie.Name, Value: c.cookie.Value})
		}
		res, err := transport.RoundTrip(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
		if err != nil || res.StatusCode != http.StatusOK {
			return fmt.Errorf("a client was answered %d (%w): %.200s", res.StatusCode, err, body)
		}
		for _, cookie := range res.Cookies() {
			c.cookie = cookie
		}
		chain, err := load.Parse(string(body))
		c.chain = chain.String()
		return err
	}()
}
