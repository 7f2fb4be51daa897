package steps

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"lanekeeper.io/test/e2e/apifault"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// KillLeaderAt kills the leader after its n-th write from now.
func KillLeaderAt(n int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("the leader is killed after write %d", n), Do: func(ctx context.Context, p *scenario.Play) error {
		return atWrite(ctx, p, n, func(leader string) {
			tell(p, "kill -9 the leader "+leader)
			_ = p.Stack.SignalPod(cluster.ProductNamespace, leader, "", syscall.SIGKILL)
		})
	}}
}

// FreezeLeaderAt freezes the leader with its n-th write from now under way, for
// longer than its lease lasts. The write arrives when another leads already.
func FreezeLeaderAt(n int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("the leader freezes in write %d", n), Do: func(ctx context.Context, p *scenario.Play) error {
		return atWrite(ctx, p, n, func(leader string) {
			tell(p, "SIGSTOP for the leader "+leader)
			_ = p.Stack.SignalPod(cluster.ProductNamespace, leader, "", syscall.SIGSTOP)
			if err := p.AwaitLeader(ctx, leader); err != nil {
				tell(p, err.Error())
			}
			_ = scenario.Pass(ctx, 3*time.Second) // the new one writes
			tell(p, "SIGCONT for the leader "+leader)
			_ = p.Stack.SignalPod(cluster.ProductNamespace, leader, "", syscall.SIGCONT)
		})
	}}
}

// atWrite does something while the n-th write to the mesh from now is held.
func atWrite(ctx context.Context, p *scenario.Play, n int, do func(leader string)) error {
	leader, err := p.Leader(ctx)
	if err != nil {
		return err
	}
	away(p)
	var mu sync.Mutex
	p.Faulty.Before(func(c apifault.Call) apifault.Fault {
		mu.Lock()
		here := false
		if c.Mesh() {
			n--
			here = n == 0
		}
		mu.Unlock()
		if here {
			do(leader)
		}
		return apifault.Pass
	})
	p.Cleanup(func(context.Context) error { return p.Faulty.Heal() })
	return nil
}

// WrittenAtMost counts the writes to the mesh: two writers that undo each other
// write more than one does.
func WrittenAtMost(n int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("at most %d mesh writes", n), Do: func(_ context.Context, p *scenario.Play) error {
		if is := timeline.Writes(p.Timeline.Events()); is > n {
			return fmt.Errorf("there were %d", is)
		}
		return nil
	}}
}
