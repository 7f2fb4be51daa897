package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// story of a group over services that nobody prepared for lanes: see
// manifests/unprepared/apps.yaml. Its requests come by a user's own route, so
// that what they meet is the pods' labels' doing alone.
type story struct {
	namespace string
	// ready is since when requests are answered, applied since when the group
	// is there, labelled when a person began to label pods, and taken since when
	// all that can be is in the mesh.
	ready, applied, labelled, taken time.Time
	// pods as they were before the group.
	pods map[string]corev1.Pod
}

var unprepared = &story{namespace: "unprepared"}

const (
	unpreparedApps  = "test/e2e/manifests/unprepared/apps.yaml"
	unpreparedLanes = "test/e2e/manifests/unprepared/lanes.yaml"
)

func (s *story) services() []string { return []string{"half", "stray", "driven", "locked"} }

func (s *story) streams() []load.Stream {
	var out []load.Stream
	for _, name := range s.services() {
		out = append(out, load.Stream{Name: name, Path: "/" + name, Rate: 15})
	}
	return out
}

func (s *story) steps() []scenario.Step {
	return []scenario.Step{
		{What: "services that nobody prepared", Do: s.deploy},
		{What: "a group over them", Do: s.apply},
		{What: "nothing moves, and the status says what is missing", Do: s.waits},
		{What: "a person labels pods", Do: s.label},
		{What: "what is labelled is taken over", Do: s.takenOver},
	}
}

func (s *story) deploy(ctx context.Context, p *scenario.Play) error {
	*s = story{namespace: s.namespace} // it may be played again
	p.Cleanup(func(ctx context.Context) error {
		_, err := p.Kubectl(ctx, "delete", "-f", unpreparedLanes, "-f", unpreparedApps, "--ignore-not-found", "--timeout=60s")
		return err
	})
	if _, err := p.Kubectl(ctx, "apply", "-f", unpreparedApps); err != nil {
		return err
	}
	if err := p.AwaitDeployments(ctx, s.namespace); err != nil {
		return err
	}
	if err := scenario.Pass(ctx, cluster.Settle); err != nil { // the gateway learns of the route
		return err
	}
	var pods corev1.PodList
	if err := p.Client.List(ctx, &pods, client.InNamespace(s.namespace)); err != nil {
		return err
	}
	s.pods = map[string]corev1.Pod{}
	for _, pod := range pods.Items {
		s.pods[pod.Name] = pod
	}
	s.ready = time.Now()
	return s.awaitMet(ctx, p, "before")
}

func (s *story) apply(ctx context.Context, p *scenario.Play) error {
	s.applied = time.Now()
	_, err := p.Kubectl(ctx, "apply", "-f", unpreparedLanes)
	return err
}

// waits: the driven service alone is taken over, its pods labelled where they
// are. Of the others nothing exists, and the rows say why.
func (s *story) waits(ctx context.Context, p *scenario.Play) error {
	if err := s.awaitRows(ctx, p, map[string][2]string{
		"half":   {lanev1.ReasonUnlabelledPods, "carries no lane label (ASM_TRAFFIC_TAG)"},
		"stray":  {lanev1.ReasonLaneUnknown, "ASM_TRAFFIC_TAG=v9 belongs to no lane"},
		"driven": {lanev1.ReasonUnlabelledTemplate, "add the label to the template"},
		"locked": {lanev1.ReasonLaneLabelInSelector, "without the label in its selector"},
	}); err != nil {
		return err
	}
	if err := scenario.Pass(ctx, 2*cluster.Settle); err != nil {
		return err
	}
	if err := s.awaitMet(ctx, p, "waiting"); err != nil {
		return err
	}
	if err := s.inMesh(ctx, p, "driven"); err != nil {
		return err
	}
	return s.sameProcesses(ctx, p)
}

// label gives the pods that lack it a label of the group's gray lane, while
// they run.
func (s *story) label(ctx context.Context, p *scenario.Play) error {
	s.labelled = time.Now()
	for _, pods := range []string{"app=half,version=v2", "app=stray,version=v9"} {
		if _, err := p.Kubectl(ctx, "label", "pods", "-n", s.namespace, "-l", pods, "--overwrite", "ASM_TRAFFIC_TAG=green"); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) takenOver(ctx context.Context, p *scenario.Play) error {
	if err := s.awaitRows(ctx, p, map[string][2]string{
		"half": {}, "stray": {},
		"driven": {lanev1.ReasonUnlabelledTemplate, ""},
		"locked": {lanev1.ReasonLaneLabelInSelector, ""},
	}); err != nil {
		return err
	}
	if err := s.inMesh(ctx, p, "driven", "half", "stray"); err != nil {
		return err
	}
	if err := scenario.Pass(ctx, cluster.Settle); err != nil {
		return err
	}
	s.taken = time.Now()
	if err := s.awaitMet(ctx, p, "taken"); err != nil {
		return err
	}
	return s.sameProcesses(ctx, p)
}

// awaitRows waits for a reason and words in the row of every service.
func (s *story) awaitRows(ctx context.Context, p *scenario.Play, want map[string][2]string) error {
	return cluster.Await(ctx, "the rows of group "+s.namespace, time.Minute, func(ctx context.Context) (string, error) {
		g := &lanev1.ASMSwimLaneGroup{}
		if err := p.Client.Get(ctx, client.ObjectKey{Name: s.namespace}, g); err != nil {
			return "", err
		}
		if len(g.Status.Services) != len(want) {
			return fmt.Sprintf("there are %d rows", len(g.Status.Services)), nil
		}
		for _, row := range g.Status.Services {
			w := want[row.Name]
			if row.Reason != w[0] || !strings.Contains(row.Message, w[1]) {
				return fmt.Sprintf("%s says %s: %s", row.Name, row.Reason, row.Message), nil
			}
		}
		return "", nil
	})
}

// inMesh checks that of these services, and of no other, something is in the mesh.
func (s *story) inMesh(ctx context.Context, p *scenario.Play, want ...string) error {
	var rules networkingv1.DestinationRuleList
	if err := p.Client.List(ctx, &rules, client.InNamespace(s.namespace)); err != nil {
		return err
	}
	var have []string
	for _, r := range rules.Items {
		have = append(have, r.Labels[lanev1.LabelService])
	}
	slices.Sort(have)
	if !slices.Equal(have, want) {
		return fmt.Errorf("there are DestinationRules of %v, not of %v", have, want)
	}
	return nil
}

// sameProcesses: no pod was replaced or restarted, those that a Rollout drives
// have the baseline's label, and no other has a lane label that it did not have.
func (s *story) sameProcesses(ctx context.Context, p *scenario.Play) error {
	var pods corev1.PodList
	if err := p.Client.List(ctx, &pods, client.InNamespace(s.namespace)); err != nil {
		return err
	}
	if len(pods.Items) != len(s.pods) {
		return fmt.Errorf("there are %d pods, and were %d", len(pods.Items), len(s.pods))
	}
	for _, pod := range pods.Items {
		was, ok := s.pods[pod.Name]
		if !ok || was.UID != pod.UID || was.Status.PodIP != pod.Status.PodIP {
			return fmt.Errorf("pod %s was replaced or restarted", pod.Name)
		}
		want := was.Labels["ASM_TRAFFIC_TAG"]
		switch {
		case pod.Labels["app"] == "driven":
			want = "base"
		case !s.labelled.IsZero() && (pod.Labels["version"] == "v2" || pod.Labels["version"] == "v9"):
			want = "green"
		}
		if got := pod.Labels["ASM_TRAFFIC_TAG"]; got != want {
			return fmt.Errorf("pod %s carries ASM_TRAFFIC_TAG=%q, not %q", pod.Name, got, want)
		}
	}
	return nil
}

// toMeet is which versions of the services requests meet, by when they are sent: until
// a person labels pods all of them, and after it the baseline's only.
var toMeet = map[string][]string{
	"before":  {"half v1", "half v2", "stray v1", "stray v9", "driven v1", "locked v1"},
	"waiting": {"half v1", "half v2", "stray v1", "stray v9", "driven v1", "locked v1"},
	"taken":   {"half v1", "stray v1", "driven v1", "locked v1"},
}

// met is what the services' own requests met, by when they were sent; others are the
// chain's.
func (s *story) met(records []load.Record) (met map[string]map[string]bool, lost, others []load.Record) {
	met = map[string]map[string]bool{"before": {}, "waiting": {}, "moving": {}, "taken": {}}
	for _, r := range records {
		switch {
		case !slices.Contains(s.services(), r.Stream):
			others = append(others, r)
		case s.ready.IsZero() || r.Start.Before(s.ready): // the service is on its way
		case r.Err != "":
			lost = append(lost, r)
		default:
			met[s.when(r)][r.Stream+" "+r.Chain[0].Version] = true
		}
	}
	return met, lost, others
}

// awaitMet waits until requests have met all that they are to meet now: which pod a
// request meets is chance.
func (s *story) awaitMet(ctx context.Context, p *scenario.Play, when string) error {
	return cluster.Await(ctx, "requests to every version", 2*time.Minute, func(context.Context) (string, error) {
		met, _, _ := s.met(p.Records())
		for _, what := range toMeet[when] {
			if !met[when][what] {
				return "none met " + what, nil
			}
		}
		return "", nil
	})
}

// check judges the services' own requests: all are answered, and none met what it was
// not to meet.
func (s *story) check(p *scenario.Play, records []load.Record) []load.Record {
	met, lost, chain := s.met(records)
	p.Lost(lost...)
	for when, want := range toMeet {
		for what := range met[when] {
			if !slices.Contains(want, what) {
				p.Problem("%s, requests met %s", when, what)
			}
		}
		if len(met[when]) == 0 {
			p.Problem("%s, there was no request", when)
		}
	}
	return chain
}

// when a request was sent, in the story's words.
func (s *story) when(r load.Record) string {
	switch {
	case s.applied.IsZero() || r.End.Before(s.applied):
		return "before"
	case s.labelled.IsZero() || r.End.Before(s.labelled):
		return "waiting"
	case s.taken.IsZero() || r.Start.Before(s.taken):
		return "moving"
	}
	return "taken"
}
