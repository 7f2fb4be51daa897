package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/stack/control"
)

// atRest is how long nothing may be written while nothing changes.
const atRest = time.Minute

// TestAtRest lets a minute pass in which nothing happens: nothing is written to
// the mesh, and the managers have little to do. It comes last, so that their
// memory is that of a busy life.
func TestAtRest(t *testing.T) {
	ctx := rootCtx
	p := begin(ctx, t, scenario{})
	before := p.managerUsage(t)
	if err := pass(ctx, atRest); err != nil {
		t.Fatal(err)
	}
	after := p.managerUsage(t)
	p.judge(t, scenario{}, p.load.Stop())
	if n := timeline.Writes(p.Timeline.Events()); n > 0 {
		t.Errorf("%d mesh writes at rest\n%s", n, timeline.Print(p.Timeline.Events()))
	}
	totals.note("at rest: %d mesh writes in %s", timeline.Writes(p.Timeline.Events()), atRest)
	for manager, u := range after {
		totals.note("%s: %d MB, %.1fs CPU since its start, %.2f%% of a CPU at rest", manager, u.RSS>>20, u.CPU,
			100*(u.CPU-before[manager].CPU)/atRest.Seconds())
	}
}

// managerUsage is what each replica of the manager uses.
func (p *play) managerUsage(t *testing.T) map[string]control.Usage {
	t.Helper()
	all, err := p.Stack.Usage()
	if err != nil {
		t.Fatal(err)
	}
	managers := map[string]control.Usage{}
	for name, u := range all {
		if pod, ok := strings.CutPrefix(name, cluster.ProductNamespace+"/"); ok {
			managers[pod] = u
		}
	}
	if len(managers) < 2 {
		t.Fatal(fmt.Sprintf("there are not two managers among %v", all))
	}
	return managers
}
