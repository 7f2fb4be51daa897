package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// PassOn lets the applications pass on these headers alone.
func (s *Shares) PassOn(headers string) scenario.Step {
	return scenario.Step{What: "the applications pass on " + headers, Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "-n", sharesNamespace, "set", "env", "deployment", "--all", "FORWARD_HEADERS="+headers); err != nil {
			return err
		}
		return p.AwaitDeployments(ctx, sharesNamespace)
	}}
}

// Mode makes the group strict, with a lane for callers of none, or permissive again.
func (s *Shares) Mode(permissive bool, baseline string) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("isPermissive is %t now", permissive), Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, "patch", "asmswimlanegroup", sharesNamespace, "--type=merge", "-p", fmt.Sprintf(
			`{"metadata": {"annotations": {"lanekeeper.io/baseline": %s}}, "spec": {"isPermissive": %t}}`, baseline, permissive))
		return err
	}}
}

// LaneSays waits until a lane is ready and its condition says so, and lets every proxy learn of it.
func (*Shares) LaneSays(lane, says string) scenario.Step {
	return awaitLane(lane, metav1.ConditionTrue, says)
}

// LaneWarns waits until a lane is not ready for that reason, and lets every proxy learn of it.
func (*Shares) LaneWarns(lane, says string) scenario.Step {
	return awaitLane(lane, metav1.ConditionFalse, says)
}

// GroupSays waits until the group is ready and says so, and lets every proxy learn of it.
func (*Shares) GroupSays(says string) scenario.Step {
	return groupIs("the group", lanev1.ConditionReady, says)
}

func awaitLane(lane string, ready metav1.ConditionStatus, says string) scenario.Step {
	return scenario.Step{What: "lane " + lane + ": " + says, Do: func(ctx context.Context, p *scenario.Play) error {
		err := cluster.Await(ctx, "the condition of lane "+lane, time.Minute, func(ctx context.Context) (string, error) {
			l := &lanev1.ASMSwimLane{}
			if err := p.Client.Get(ctx, client.ObjectKey{Name: lane}, l); err != nil {
				return "", err
			}
			return otherwise(l.Status.Conditions, lanev1.ConditionReady, ready, says), nil
		})
		if err != nil {
			return err
		}
		return scenario.Pass(ctx, 2*cluster.Settle)
	}}
}

// Refuses asks some times, and expects that nobody answers for the lane.
func (s *Shares) Refuses(asked Asked) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("requests of lane %s are answered 503", asked.Lane), Do: func(ctx context.Context, p *scenario.Play) error {
		ask, done, err := asker(ctx, p)
		if err != nil {
			return err
		}
		defer done()
		for range inARow {
			if chain, err := ask(asked); err == nil || !strings.Contains(err.Error(), "503") {
				return fmt.Errorf("%+v met %q: %w", asked, chain, err)
			}
		}
		return nil
	}}
}
