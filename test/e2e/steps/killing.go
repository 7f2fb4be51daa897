package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"lanekeeper.io/test/e2e/apifault"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// Killing is when managers are killed: right before a write is made, and right after it
// was made and before anybody heard of it. Whatever one began, another has to end.
type Killing struct {
	// due says whether they are killed in this write, and whether after it.
	due func(apifault.Call) (kill, after bool)

	mu       sync.Mutex
	managers []corev1.Pod
	moments  []string
}

// AtEachMeshWrite kills so many times: before a write to the mesh, after the next
// one, and so on.
func AtEachMeshWrite(times int) *Killing {
	k := &Killing{}
	k.due = func(c apifault.Call) (kill, after bool) {
		return c.Mesh() && len(k.moments) < times, len(k.moments)%2 == 1
	}
	return k
}

// AtEachKindOfWrite kills before the first write of each kind and after the
// second, also of those that are not to the mesh: labels, statuses, finalizers.
func AtEachKindOfWrite() *Killing {
	k := &Killing{}
	k.due = func(c apifault.Call) (kill, after bool) {
		before := slices.Contains(k.moments, "before "+c.Kind())
		return ofTheReconcilers(c) && !slices.Contains(k.moments, "after "+c.Kind()), before
	}
	return k
}

func ofTheReconcilers(c apifault.Call) bool {
	return c.Mesh() || c.Write() && slices.Contains([]string{"pods", "asmswimlanes", "asmswimlanegroups"}, c.Resource)
}

// Begin kills both managers whenever it is due, from now on.
func (k *Killing) Begin() scenario.Step {
	return scenario.Step{What: "kill -9 both managers before and after writes", Do: func(ctx context.Context, p *scenario.Play) error {
		managers, err := p.Managers(ctx)
		if err != nil {
			return err
		}
		k.mu.Lock()
		k.managers, k.moments = managers, nil // it may be played again
		k.mu.Unlock()
		away(p)
		p.Patience = 4 * time.Minute
		p.Cleanup(func(ctx context.Context) error {
			if err := p.Faulty.Heal(); err != nil {
				return err
			}
			return p.AwaitLed(ctx) // the last kill may have been a moment ago
		})
		p.Faulty.Before(func(c apifault.Call) apifault.Fault {
			if k.strikes(p, c, false) {
				return apifault.Refused
			}
			return apifault.Pass
		})
		p.Faulty.After(func(c apifault.Call) { k.strikes(p, c, true) })
		return nil
	}}
}

// strikes kills the managers if that is due.
func (k *Killing) strikes(p *scenario.Play, c apifault.Call, after bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if kill, then := k.due(c); !kill || then != after {
		return false
	}
	when := "before"
	if after {
		when = "after"
	}
	k.moments = append(k.moments, when+" "+c.Kind())
	tell(p, fmt.Sprintf("kill %d: %s %s", len(k.moments), when, c))
	for _, m := range names(k.managers) {
		_ = p.Stack.SignalPod(cluster.ProductNamespace, m, "", syscall.SIGKILL) // one may be starting
	}
	return true
}

// Often makes sure that there were as many moments as were meant.
func (k *Killing) Often(times int) scenario.Step {
	return scenario.Step{What: "the managers were killed", Do: func(context.Context, *scenario.Play) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		if len(k.moments) != times {
			return fmt.Errorf("%d times, and not %d", len(k.moments), times)
		}
		return nil
	}}
}

// In makes sure that they were killed before and after writes of these kinds.
func (k *Killing) In(kinds ...string) scenario.Step {
	return scenario.Step{What: "the managers were killed in " + strings.Join(kinds, ", "), Do: func(context.Context, *scenario.Play) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		for _, kind := range kinds {
			for _, when := range []string{"before ", "after "} {
				if !slices.Contains(k.moments, when+kind) {
					return fmt.Errorf("not %s%s, but %s", when, kind, strings.Join(k.moments, ", "))
				}
			}
		}
		return nil
	}}
}
