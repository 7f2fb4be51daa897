package steps

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

const stranger = "test/e2e/manifests/shares/stranger.yaml"

// Stranger brings a caller of no lane, that calls the chain's first service.
func (*Shares) Stranger() scenario.Step {
	return scenario.Step{What: "a caller of no lane", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "delete", "-f", stranger, "--ignore-not-found", "--timeout=120s")
			return err
		})
		if _, err := p.Kubectl(ctx, "apply", "-f", stranger); err != nil {
			return err
		}
		return p.AwaitDeployments(ctx, sharesNamespace)
	}}
}

// metByStranger is what the caller's answer says of the first service, whatever became of the request
// behind it: a lane may lack the next one.
var metByStranger = regexp.MustCompile(`-> a\(version: (v\d+)`)

// StrangerMeets waits until the caller meets these versions of the first service, and no others, in some
// requests.
func (*Shares) StrangerMeets(versions ...string) scenario.Step {
	what := fmt.Sprintf("a caller of no lane meets %v", versions)
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error {
		way, err := p.Way(ctx)
		if err != nil {
			return err
		}
		client := &http.Client{Transport: &http.Transport{DialContext: way.Dial}}
		defer client.CloseIdleConnections()
		return cluster.Await(ctx, what, time.Minute, func(ctx context.Context) (string, error) {
			met := map[string]int{}
			for range 2 * inARow {
				version, err := askStranger(ctx, client, way.URL+"/stranger")
				if err != nil {
					return "", err
				}
				met[version]++
			}
			if is := slices.Sorted(maps.Keys(met)); !slices.Equal(is, versions) {
				return fmt.Sprintf("it meets %v", met), nil
			}
			return "", nil
		})
	}}
}

// askStranger is the version that the caller met, or else what it was answered.
func askStranger(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil {
		return "", err
	}
	if met := metByStranger.FindSubmatch(body); met != nil {
		return string(met[1]), nil
	}
	return res.Status, nil
}
