package steps

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// sharesRules are the lanes' rules where they do not share requests out.
const sharesRules = "test/e2e/manifests/shares/rules.yaml"

// ByRules lets rules choose from now on.
func (*Shares) ByRules() scenario.Step {
	return scenario.Step{What: "rules choose the lane from now on", Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, "apply", "-f", sharesRules)
		return err
	}}
}

// Asked is a kind of request, and the lane whose chain answers it.
type Asked struct {
	Method, Query, Cookie, Lane string
	// ID is sent in my-request-id; none where it is empty.
	ID string
}

// Choose asks each of them some times.
func (*Shares) Choose(asked ...Asked) scenario.Step {
	return scenario.Step{What: "requests meet the lanes that rules choose", Do: func(ctx context.Context, p *scenario.Play) error {
		ask, done, err := asker(ctx, p)
		if err != nil {
			return err
		}
		defer done()
		for _, a := range asked {
			for range inARow {
				chain, err := ask(a)
				if err != nil {
					return fmt.Errorf("%+v: %w", a, err)
				}
				if chain != chainOf[a.Lane] {
					return fmt.Errorf("%+v met %s", a, chain)
				}
			}
		}
		return nil
	}}
}

// asker asks by the gateway, and says which chain answers, until done.
func asker(ctx context.Context, p *scenario.Play) (ask func(Asked) (chain string, err error), done func(), err error) {
	way, err := p.Way(ctx)
	if err != nil {
		return nil, nil, err
	}
	transport := &http.Transport{DialContext: way.Dial}
	return func(a Asked) (string, error) { return a.ask(ctx, transport, way.URL+SharesStreams[0].Path) }, transport.CloseIdleConnections, nil
}

func (a Asked) ask(ctx context.Context, transport http.RoundTripper, url string) (string, error) {
	if a.Query != "" {
		url += "?" + a.Query
	}
	req, err := http.NewRequestWithContext(ctx, a.Method, url, strings.NewReader(""))
	if err != nil {
		return "", err
	}
	if a.Cookie != "" {
		req.Header.Set("Cookie", a.Cookie)
	}
	if a.ID != "" {
		req.Header.Set(traceHeader, a.ID)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil || res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("answered %d (%w): %.200s", res.StatusCode, err, body)
	}
	chain, err := load.Parse(string(body))
	return chain.String(), err
}
