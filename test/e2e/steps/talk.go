package steps

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
	"lanekeeper.io/test/talk"
)

// Talk is the story of a chain that talks in every protocol over HTTP (manifests/talk), while its
// second service is released.
type Talk struct {
	lines map[string][]*talk.Line // by who
	long  sync.WaitGroup          // long answers that are waited for
	stop  context.CancelFunc      // ends that

	mu   sync.Mutex
	lost []load.Record // turns that were, and answers
}

const (
	talkNamespace = "talk" // and the name of the group and of its baseline
	talkGray      = "talk-gray"
	talkApps      = "test/e2e/manifests/talk/apps.yaml"
	talkLanes     = "test/e2e/manifests/talk/lanes.yaml"
	talkImage     = "talk-sample"
)

// talkers are who converses, and what they say of themselves.
var talkers = map[string]map[string]string{"everybody": {}, "a tester": {"user": "tester"}}

// Deploy brings the chain and its lanes.
func (t *Talk) Deploy() scenario.Step {
	return scenario.Step{What: "a chain that talks in every protocol", Do: func(ctx context.Context, p *scenario.Play) error {
		*t = Talk{} // it may be played again
		p.Cleanup(func(ctx context.Context) error {
			t.close()
			_, err := p.Kubectl(ctx, "delete", "-f", talkLanes, "-f", talkApps, "--ignore-not-found", "--timeout=120s")
			return err
		})
		if _, err := p.Kubectl(ctx, "apply", "-f", talkApps, "-f", talkLanes); err != nil {
			return err
		}
		if err := p.AwaitDeployments(ctx, talkNamespace); err != nil {
			return err
		}
		if err := awaitGroupOf(ctx, p, talkNamespace, lanev1.ConditionReady, lanev1.ReasonProgrammed, ""); err != nil {
			return err
		}
		return scenario.Pass(ctx, 2*cluster.Settle)
	}}
}

// Hear converses in each kind: everybody and testers meet these versions of the second service.
func (t *Talk) Hear(everybody, tester string) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("everybody hears b %s, and testers %s, in each protocol", everybody, tester), Do: func(ctx context.Context, p *scenario.Play) error {
		for who, version := range map[string]string{"everybody": everybody, "a tester": tester} {
			way, err := t.way(ctx, p, who)
			if err != nil {
				return err
			}
			for _, k := range talk.Kinds() {
				if err := hear(ctx, k, way, "a:v1 > b:"+version); err != nil {
					return fmt.Errorf("%s, %s: %w", who, k.Name, err)
				}
			}
		}
		return nil
	}}
}

func hear(ctx context.Context, k talk.Kind, way talk.Way, want string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	c, err := k.Open(ctx, way)
	if err != nil {
		return err
	}
	defer c.Close()
	for range inARow {
		chain, err := c.Turn(ctx)
		if err != nil {
			return err
		}
		if chain.String() != want {
			return fmt.Errorf("met %s and not %s", chain, want)
		}
	}
	return nil
}

func (t *Talk) way(ctx context.Context, p *scenario.Play, who string) (talk.Way, error) {
	way, err := p.Way(ctx)
	return talk.Way{Address: strings.TrimPrefix(way.URL, "http://"), Dial: way.Dial, Header: talkers[who]}, err
}

// Publish releases a version of the second service, and waits until its lane serves it.
func (t *Talk) Publish(tag string) scenario.Step {
	return scenario.Step{What: "b " + tag + " is published", Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "-n", talkNamespace, "set", "image", "deployment/b", "default="+talkImage+":"+tag); err != nil {
			return err
		}
		if err := p.AwaitLane(ctx, talkGray, "b"); err != nil {
			return err
		}
		if err := t.awaitRollout(ctx, p, func(r *rolloutsv1beta1.Rollout) bool {
			return r.Status.CanaryStatus != nil && r.Status.CanaryStatus.CurrentStepState == rolloutsv1beta1.CanaryStepStatePaused
		}); err != nil {
			return err
		}
		return scenario.Pass(ctx, 3*cluster.Settle)
	}}
}

// Begin has everybody and testers converse in each kind from now on, and asks a long question of each.
func (t *Talk) Begin() scenario.Step {
	return scenario.Step{What: "conversations begin", Do: func(ctx context.Context, p *scenario.Play) error {
		t.lines = map[string][]*talk.Line{}
		ctx, t.stop = context.WithCancel(ctx)
		for who := range talkers {
			way, err := t.way(ctx, p, who)
			if err != nil {
				return err
			}
			for _, k := range talk.Kinds() {
				t.lines[who] = append(t.lines[who], talk.Start(ctx, k, way, func(s talk.Said) { t.ended(ctx, p, who, k, s) }))
			}
			chain, err := talk.Once(ctx, way, "0s")
			if err != nil {
				return err
			}
			t.long.Go(func() {
				begun := time.Now()
				if _, err := talk.Once(ctx, way, thinks); err != nil && ctx.Err() == nil {
					t.cut(ctx, p, who+", an answer that takes "+thinks, talk.Said{Since: begun, At: time.Now(), Chain: chain, Err: err})
				}
			})
		}
		return scenario.Pass(ctx, time.Second)
	}}
}

// thinks is longer than a promotion takes to reach the pods.
const thinks = "12s"

// lose notes a turn that was lost.
func (t *Talk) lose(what string, s talk.Said) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost = append(t.lost, load.Record{ID: what, Stream: what, Start: s.Since, End: s.At, Chain: s.Chain, Err: s.Err.Error()})
}

// Approve promotes what was published, to the end.
func (t *Talk) Approve() scenario.Step {
	return scenario.Step{What: "it is approved", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := p.ApproveRollout(ctx, client.ObjectKey{Namespace: talkNamespace, Name: "b"}, func() {}); err != nil {
			return err
		}
		return t.over(ctx, p)
	}}
}

// Undo takes it back, to the end.
func (t *Talk) Undo() scenario.Step {
	return scenario.Step{What: "it is undone", Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "kruise", "rollout", "undo", "rollout/b", "-n", talkNamespace); err != nil {
			return err
		}
		return t.over(ctx, p)
	}}
}

// over waits until the release has ended, and a while longer than pods take to end.
func (t *Talk) over(ctx context.Context, p *scenario.Play) error {
	if err := p.AwaitLane(ctx, talkGray); err != nil {
		return err
	}
	if err := t.awaitRollout(ctx, p, func(r *rolloutsv1beta1.Rollout) bool { return r.Status.Phase == rolloutsv1beta1.RolloutPhaseHealthy }); err != nil {
		return err
	}
	return cluster.Await(ctx, "the pods of the release to be gone", 2*time.Minute, func(ctx context.Context) (string, error) {
		var pods corev1.PodList
		if err := p.Client.List(ctx, &pods, client.InNamespace(talkNamespace)); err != nil {
			return "", err
		}
		if n := len(pods.Items); n != 2 {
			return fmt.Sprintf("there are %d pods", n), nil
		}
		return "", scenario.Pass(ctx, 2*cluster.Settle)
	})
}

func (t *Talk) awaitRollout(ctx context.Context, p *scenario.Play, is func(*rolloutsv1beta1.Rollout) bool) error {
	return cluster.Await(ctx, "the Rollout", 2*time.Minute, func(ctx context.Context) (string, error) {
		r := &rolloutsv1beta1.Rollout{}
		if err := p.Client.Get(ctx, client.ObjectKey{Namespace: talkNamespace, Name: "b"}, r); err != nil {
			return "", err
		}
		if !is(r) {
			return fmt.Sprintf("it is %s, %v", r.Status.Phase, r.Status.CanaryStatus), nil
		}
		return "", nil
	})
}

func (t *Talk) close() {
	if t.stop != nil {
		t.stop()
		t.long.Wait()
	}
	for _, lines := range t.lines {
		for _, l := range lines {
			l.Close()
		}
	}
}
