package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// Shares is the story of lanes that share requests out by weight (manifests/shares).
type Shares struct {
	clients []visitor
}

// Weights are those of the lanes, by name.
type Weights map[string]int

const (
	sharesNamespace = "shares" // and the group's name
	sharesApps      = "test/e2e/manifests/shares/apps.yaml"
)

// SharesWhole is what lane s2 lacks.
const SharesWhole = "test/e2e/manifests/shares/whole.yaml"

// SharesLanes are the group and its lanes.
const SharesLanes = "test/e2e/manifests/shares/lanes.yaml"

// SharesStreams run all the time. A client's own tag is worth nothing.
var SharesStreams = []load.Stream{
	{Name: "shares", Path: "/shares", Rate: 20},
	{Name: "shares, tagged", Path: "/shares", Tag: "s2", Rate: 20},
}

// lanes' chains, of the pods that they have.
var chainOf = map[string]string{
	"s1": "a:v1 > b:v1 > c:v1",
	"s2": "a:v2 > b:v1 > c:v2",
	"s3": "a:v1 > b:v3 > c:v1",
	// Once lane s2 has all three, too.
	"s2, whole": "a:v2 > b:v2 > c:v2",
}

// Deploy brings the chain and its lanes.
func (s *Shares) Deploy() scenario.Step {
	return scenario.Step{What: "a chain whose lanes share its requests out", Do: func(ctx context.Context, p *scenario.Play) error {
		s.deleteAfterwards(p)
		if _, err := p.Kubectl(ctx, "apply", "-f", sharesApps, "-f", SharesLanes); err != nil {
			return err
		}
		return p.AwaitDeployments(ctx, sharesNamespace)
	}}
}

func (*Shares) deleteAfterwards(p *scenario.Play) {
	p.Cleanup(func(ctx context.Context) error {
		_, err := p.Kubectl(ctx, "delete", "-f", SharesLanes, "-f", sharesApps, "-f", SharesWhole, "--ignore-not-found", "--timeout=120s")
		return err
	})
}

// Await waits for the chain's pods.
func (*Shares) Await() scenario.Step {
	return scenario.Step{What: "the pods are ready", Do: func(ctx context.Context, p *scenario.Play) error { return p.AwaitDeployments(ctx, sharesNamespace) }}
}

// InBaggage lets the applications pass on nothing but baggage, as instrumentation does.
func (s *Shares) InBaggage() scenario.Step {
	return scenario.Step{What: "the applications pass on baggage only", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := s.tagInBaggage(ctx, p); err != nil {
			return err
		}
		return s.PassOn("baggage").Do(ctx, p)
	}}
}

func (*Shares) tagInBaggage(ctx context.Context, p *scenario.Play) error {
	_, err := p.Kubectl(ctx, "patch", "asmswimlanegroup", sharesNamespace, "--type=merge", "-p",
		`{"spec": {"permissiveModeConfiguration": {"traceHeader": "baggage"}}}`)
	return err
}

// Says waits until the group's entry is programmed, and its condition says so, and lets every
// proxy learn of it.
func (*Shares) Says(says string) scenario.Step {
	return groupIs("the entry", lanev1.ConditionIngressProgrammed, says)
}

// groupIs waits until a condition of the group is true and says so, and lets every proxy learn of it.
func groupIs(what, condition, says string) scenario.Step {
	return scenario.Step{What: what + ": " + says, Do: func(ctx context.Context, p *scenario.Play) error {
		err := cluster.Await(ctx, "the condition of "+what, time.Minute, func(ctx context.Context) (string, error) {
			g, err := groupNamed(ctx, p, sharesNamespace)
			if err != nil {
				return "", err
			}
			return trueOtherwise(g.Status.Conditions, condition, says), nil
		})
		if err != nil {
			return err
		}
		return scenario.Pass(ctx, 2*cluster.Settle)
	}}
}

// trueOtherwise says what keeps a condition from being true and saying that; empty if nothing does.
func trueOtherwise(conditions []metav1.Condition, condition, says string) string {
	return otherwise(conditions, condition, metav1.ConditionTrue, says)
}

// otherwise says what keeps a condition from being as wanted and saying that; empty if nothing does.
func otherwise(conditions []metav1.Condition, condition string, want metav1.ConditionStatus, says string) string {
	c := meta.FindStatusCondition(conditions, condition)
	if c == nil || c.Status != want || !strings.Contains(c.Message, says) {
		return fmt.Sprintf("it is %v", c)
	}
	return ""
}

// Edit runs kubectl in the chain's namespace.
func (*Shares) Edit(what string, kubectl ...string) scenario.Step {
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, append([]string{"-n", sharesNamespace}, kubectl...)...)
		return err
	}}
}

// Weigh gives a lane another weight.
func (s *Shares) Weigh(lane string, weight int) scenario.Step {
	return s.Edit(fmt.Sprintf("lane %s weighs %d", lane, weight), "patch", "asmswimlane", lane, "--type=merge", "-p",
		fmt.Sprintf(`{"spec": {"ingressWeight": {"weight": %d}}}`, weight))
}

// Split sends requests and judges how they were shared out, by what chain they met: as the
// weights say, whatever tag the client sent. empty are lanes without pods.
func (*Shares) Split(requests int, want Weights, empty ...string) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%d requests are shared out as %v", requests, want), Do: func(ctx context.Context, p *scenario.Play) error {
		way, err := p.Way(ctx)
		if err != nil {
			return err
		}
		way.Streams = SharesStreams
		records, err := load.Burst(ctx, way, requests, 2)
		if err != nil {
			return err
		}
		weights := map[string]int{}
		for lane, weight := range want {
			if slices.Contains(empty, lane) {
				lane = "s1"
			}
			if weight > 0 {
				weights[chainOf[lane]] += weight
			}
		}
		for _, s := range SharesStreams {
			met := map[string]int{}
			for _, r := range records {
				switch {
				case r.Stream != s.Name:
				case r.Err != "":
					p.Lost(r)
				default:
					met[r.Chain.String()]++
				}
			}
			if why := load.Unfair(met, weights); why != "" {
				return fmt.Errorf("stream %q: %s", s.Name, why)
			}
			fmt.Printf("%s: %v\n", s.Name, met)
		}
		return nil
	}}
}

// Check judges that none of the chain's requests was lost once the gateway knew the way, and
// that none met versions of two lanes. It keeps those that the promises are for.
func (*Shares) Check(p *scenario.Play, records []load.Record) []load.Record {
	since, mixed := servedSince(records), 0
	rest := slices.DeleteFunc(slices.Clone(records), func(r load.Record) bool {
		if !slices.ContainsFunc(SharesStreams, func(s load.Stream) bool { return s.Name == r.Stream }) {
			return false
		}
		if first, ok := since[r.Stream]; ok && lostSince(first, r) {
			p.Lost(r)
		}
		if mixes(r.Chain) {
			mixed++
		}
		return true
	})
	if mixed > 0 {
		p.Problem("%d requests met versions of two lanes", mixed)
	}
	return rest
}

// servedSince is when each stream had its first answer.
func servedSince(records []load.Record) map[string]time.Time {
	since := map[string]time.Time{}
	for _, r := range records {
		if first, ok := since[r.Stream]; r.Err == "" && (!ok || r.End.Before(first)) {
			since[r.Stream] = r.End
		}
	}
	return since
}

// lostSince reports whether a request was lost after its stream's first answer. On a busy machine one that
// began early waits until its route is there, and those that began behind it are answered 404;
// a moment later the whole gateway knows the route.
func lostSince(first time.Time, r load.Record) bool {
	if strings.HasPrefix(r.Err, "HTTP 404") {
		first = first.Add(knownWithin)
	}
	return r.Err != "" && r.Start.After(first)
}

// mixes reports whether a chain has pods of two gray lanes.
func mixes(c load.Chain) bool {
	gray := map[string]bool{}
	for _, h := range c {
		if h.Version != "v1" {
			gray[h.Version] = true
		}
	}
	return len(gray) > 1
}
