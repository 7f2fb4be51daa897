package steps

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// What requests may ask for: what rules of the chain's lanes ask for, and what nearly is.
var (
	askedMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut}
	askedPaths   = []string{"/shares", "/shares?beta=1", "/shares?a=b&beta=1", "/shares?beta=2&beta=1", "/shares?b%65ta=1", "/shares?a=beta=1", "/shares/", "/sharesx"}
	askedCookies = []string{"", "user=jason", "a=1; user=jason; b=2", "user=jasonx", "xuser=jason", "user=peter", "user=peter; user=jason"}
	askedTags    = []string{"", "s1", "s2", "s3", "s9"}
)

// Explained asks random requests, and holds every answer, each of its pods, against what
// lane.Explain says of it.
func (*Shares) Explained(requests int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%d random requests go where the explanation says", requests), Do: func(ctx context.Context, p *scenario.Play) error {
		seed := rand.Uint64()
		fmt.Printf("requests of seed %d\n", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		err := explained(ctx, p, sharesNamespace, requests, func() lane.Request {
			r := lane.Request{Host: "shares.example.com", Method: pick(random, askedMethods), Path: pick(random, askedPaths), Headers: map[string]string{}}
			for name, value := range map[string]string{"cookie": pick(random, askedCookies), load.TagHeader: pick(random, askedTags)} {
				if value != "" {
					r.Headers[name] = value
				}
			}
			return r
		})
		if err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
		return nil
	}}
}

// explained asks requests that are drawn, in the world of a group: each goes where the explanation
// says.
func explained(ctx context.Context, p *scenario.Play, group string, requests int, draw func() lane.Request) error {
	world, err := readWorld(ctx, p.Client, group)
	if err != nil {
		return err
	}
	way, err := p.Way(ctx)
	if err != nil {
		return err
	}
	transport := &http.Transport{DialContext: way.Dial}
	defer transport.CloseIdleConnections()
	for range requests {
		r := draw()
		other, err := world.otherwise(ctx, transport, way.URL, r)
		if err == nil && other != "" {
			return &wentOtherwiseError{r, other}
		}
		if err != nil {
			return fmt.Errorf("%+v: %w", r, err)
		}
	}
	return nil
}

// wentOtherwiseError is of a request that went another way than explained.
type wentOtherwiseError struct {
	request lane.Request
	says    string
}

func (e *wentOtherwiseError) Error() string { return fmt.Sprintf("%+v: %s", e.request, e.says) }

func pick[T any](random *rand.Rand, of []T) T { return of[random.IntN(len(of))] }

// world is the chain as its objects say.
type world struct {
	entry lane.IngressPlan
	chain []lane.Snapshot
	ips   map[string]string // of pods by name
}

// readWorld reads the world of a group.
func readWorld(ctx context.Context, c client.Client, name string) (world, error) {
	var group lanev1.ASMSwimLaneGroup
	var lanes lanev1.ASMSwimLaneList
	if err := c.Get(ctx, client.ObjectKey{Name: name}, &group); err != nil {
		return world{}, err
	}
	if err := c.List(ctx, &lanes, client.MatchingLabels{lanev1.LabelSwimLaneGroup: group.Name}); err != nil {
		return world{}, err
	}
	g, problem := lane.NewGroup(&group, lanes.Items)
	if problem != nil {
		return world{}, fmt.Errorf("the group: %s", problem.Message)
	}
	w := world{ips: map[string]string{}}
	var plans []lane.Plan
	for _, service := range g.Services { // by name, as they call each other
		s, err := w.snapshot(ctx, c, g, service)
		if err != nil {
			return world{}, err
		}
		w.chain = append(w.chain, s)
		plans = append(plans, lane.Compute(s))
	}
	w.entry = lane.ComputeIngress(lane.IngressSnapshot{Group: g, Plans: plans, TakenOver: true})
	return w, nil
}

func (w world) snapshot(ctx context.Context, c client.Client, g lane.Group, service types.NamespacedName) (lane.Snapshot, error) {
	s := lane.Snapshot{Group: g, TakenOver: true, Service: lane.Service{Key: service, Found: true, Settings: lane.Settings{Ports: []lane.Port{{Number: 8000}}}}}
	var pods corev1.PodList
	if err := c.List(ctx, &pods, client.InNamespace(service.Namespace), client.MatchingLabels{"app": service.Name}); err != nil {
		return s, err
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		w.ips[pod.Name] = pod.Status.PodIP
		s.Pods = append(s.Pods, lane.Pod{Name: pod.Name, Labels: pod.Labels, Ready: facts.PodReady(pod), Terminating: facts.Deleting(pod), Owner: lane.Owner{Known: true}})
	}
	return s, nil
}

// otherwise says how a request went another way than explained; empty if it did not.
func (w world) otherwise(ctx context.Context, transport http.RoundTripper, url string, r lane.Request) (string, error) {
	explained := lane.Explain(w.entry, w.chain, r)
	req, err := http.NewRequestWithContext(ctx, r.Method, url+r.Path, strings.NewReader(""))
	if err != nil {
		return "", err
	}
	req.Host = r.Host
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	switch {
	case err != nil:
		return "", err
	case explained.Route == nil && res.StatusCode == http.StatusNotFound:
		return "", nil
	case res.StatusCode == http.StatusServiceUnavailable && slices.ContainsFunc(explained.Ways, endsNowhere):
		return "", nil
	case explained.Route == nil || res.StatusCode != http.StatusOK:
		return fmt.Sprintf("it was answered %d, %.100s, and explained by %+v", res.StatusCode, body, explained.Route), nil
	}
	chain, err := load.Parse(string(body))
	if err != nil {
		return "", err
	}
	for _, way := range explained.Ways {
		if w.went(chain, way) {
			return "", nil
		}
	}
	return fmt.Sprintf("it met %s, and was explained by %s: %+v; pods are %v", chain, explained.Route.Name, explained.Ways, slices.Sorted(maps.Keys(w.ips))), nil
}

// endsNowhere reports whether nobody answers at some Service of a way, as where a strict lane lacks it.
func endsNowhere(way lane.Way) bool {
	return slices.ContainsFunc(way.Hops, func(h lane.Hop) bool { return len(h.Pods) == 0 })
}

// went reports whether a chain is one of a way's pods.
func (w world) went(chain load.Chain, way lane.Way) bool {
	if len(chain) != len(way.Hops) {
		return false
	}
	for i, hop := range way.Hops {
		if !slices.ContainsFunc(hop.Pods, func(pod string) bool { return w.ips[pod] == chain[i].IP }) {
			return false
		}
	}
	return true
}
