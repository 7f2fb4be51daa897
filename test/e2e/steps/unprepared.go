package steps

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// Unprepared is the story of a group over services that nobody prepared for lanes: see
// manifests/unprepared/apps.yaml. Its requests come by a user's own route, so
// that what they meet is the pods' labels' doing alone.
type Unprepared struct {
	// ready is since when requests are answered, applied since when the group
	// is there, labelled when a person began to label pods, and taken since when
	// all that can be is in the mesh.
	ready, applied, labelled, taken time.Time
	// pods as they were before the group.
	pods map[string]corev1.Pod
}

const (
	unpreparedNamespace = "unprepared" // and the group's name
	unpreparedApps      = "test/e2e/manifests/unprepared/apps.yaml"
	unpreparedLanes     = "test/e2e/manifests/unprepared/lanes.yaml"
)

func (s *Unprepared) services() []string { return []string{"half", "stray", "driven", "locked"} }

// Streams go to each of the services.
func (s *Unprepared) Streams() []load.Stream {
	var out []load.Stream
	for _, name := range s.services() {
		out = append(out, load.Stream{Name: name, Path: "/" + name, Rate: 15})
	}
	return out
}

// Deploy brings the services.
func (s *Unprepared) Deploy() scenario.Step {
	return scenario.Step{What: "services that nobody prepared", Do: s.deploy}
}

// Group brings a group over them.
func (s *Unprepared) Group() scenario.Step {
	return scenario.Step{What: "a group over them", Do: s.apply}
}

// Waits shows that traffic stays as it was.
func (s *Unprepared) Waits() scenario.Step {
	return scenario.Step{What: "nothing moves, and the status says what is missing", Do: s.waits}
}

// Label does what the status says.
func (s *Unprepared) Label() scenario.Step {
	return scenario.Step{What: "a person labels pods", Do: s.label}
}

// TakenOver waits until the group has what it can have.
func (s *Unprepared) TakenOver() scenario.Step {
	return scenario.Step{What: "what is labelled is taken over", Do: s.takenOver}
}

func (s *Unprepared) deploy(ctx context.Context, p *scenario.Play) error {
	*s = Unprepared{} // it may be played again
	p.Cleanup(func(ctx context.Context) error {
		_, err := p.Kubectl(ctx, "delete", "-f", unpreparedLanes, "-f", unpreparedApps, "--ignore-not-found", "--timeout=60s")
		return err
	})
	if _, err := p.Kubectl(ctx, "apply", "-f", unpreparedApps); err != nil {
		return err
	}
	if err := p.AwaitDeployments(ctx, unpreparedNamespace); err != nil {
		return err
	}
	if err := scenario.Pass(ctx, cluster.Settle); err != nil { // the gateway learns of the route
		return err
	}
	var pods corev1.PodList
	if err := p.Client.List(ctx, &pods, client.InNamespace(unpreparedNamespace)); err != nil {
		return err
	}
	s.pods = map[string]corev1.Pod{}
	for _, pod := range pods.Items {
		s.pods[pod.Name] = pod
	}
	s.ready = time.Now()
	return s.awaitMet(ctx, p, "before")
}

func (s *Unprepared) apply(ctx context.Context, p *scenario.Play) error {
	s.applied = time.Now()
	_, err := p.Kubectl(ctx, "apply", "-f", unpreparedLanes)
	return err
}

// waits: the driven service alone is taken over, its pods labelled where they
// are. Of the others nothing exists, and the rows say why.
func (s *Unprepared) waits(ctx context.Context, p *scenario.Play) error {
	if err := awaitRows(ctx, p, unpreparedNamespace, map[string]row{
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
	if err := s.inMesh(ctx, p, "driven"); err != nil {
		return err
	}
	if err := s.awaitMet(ctx, p, "waiting"); err != nil {
		return err
	}
	return s.sameProcesses(ctx, p)
}

// label gives the pods that lack it a label of the group's gray lane, while
// they run.
func (s *Unprepared) label(ctx context.Context, p *scenario.Play) error {
	s.labelled = time.Now()
	for _, pods := range []string{"app=half,version=v2", "app=stray,version=v9"} {
		if _, err := p.Kubectl(ctx, "label", "pods", "-n", unpreparedNamespace, "-l", pods, "--overwrite", "ASM_TRAFFIC_TAG=green"); err != nil {
			return err
		}
	}
	return nil
}

func (s *Unprepared) takenOver(ctx context.Context, p *scenario.Play) error {
	if err := awaitRows(ctx, p, unpreparedNamespace, map[string]row{
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
