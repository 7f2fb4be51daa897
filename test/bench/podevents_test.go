package bench

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/bench/apilog"
	"lanekeeper.io/test/bench/fleet"
	"lanekeeper.io/test/bench/process"
)

// podEvents makes pods of many Services ready and unready, and looks at what
// each costs the manager: in a stream, and alone.
func (w *bench) podEvents(f *fleet.Fleet, m *process.Manager) {
	stream := w.flip(f, m, 1000, 10*time.Millisecond)
	alone := w.flip(f, m, 20, 1200*time.Millisecond)
	w.table.Tell(fmt.Sprintf("a pod event among %d Services, 100 a second", f.Services), "%s", stream)
	w.table.Tell(fmt.Sprintf("a pod event among %d Services, alone", f.Services), "%s", alone)
	progress("pod events among %d Services: %s; alone: %s", f.Services, stream, alone)
}

// cost of one event.
type cost struct {
	cpu        time.Duration
	reconciles float64
	status     float64
}

func (c cost) String() string {
	return fmt.Sprintf("%.2fms CPU, %.2f looks at a Service, %.2f status writes",
		float64(c.cpu)/float64(time.Millisecond), c.reconciles, c.status)
}

func (w *bench) flip(f *fleet.Fleet, m *process.Manager, events int, every time.Duration) cost {
	w.Helper()
	w.untilQuiet(2*time.Second, time.Minute)
	idle := w.idle(m)
	begun, cpu, looks := time.Now(), m.CPU(w), w.looks(m)
	tick := time.NewTicker(every)
	defer tick.Stop()
	// An even number of steps with an odd stride: each pod goes down, then up.
	for n := range events {
		<-tick.C
		require.NoError(w, f.FlipPod(w.Context(), n/2*37%f.Services, n%2 == 1))
	}
	requests := w.untilQuiet(2*time.Second, time.Minute)
	span := time.Since(begun)
	spent := m.CPU(w) - cpu - time.Duration(idle*float64(span))
	return cost{
		cpu:        spent / time.Duration(events),
		reconciles: (w.looks(m) - looks) / float64(events),
		status:     float64(apilog.Count(requests, write)[apilog.Status]) / float64(events),
	}
}

// idle is the part of a core that the manager uses while nothing happens.
func (w *bench) idle(m *process.Manager) float64 {
	const span = 3 * time.Second
	before := m.CPU(w)
	w.pass(span)
	return float64(m.CPU(w)-before) / float64(span)
}

// looks counts the reconciles of Services.
func (w *bench) looks(m *process.Manager) float64 {
	w.Helper()
	n, err := m.Metric("controller_runtime_reconcile_total", `controller="service"`)
	require.NoError(w, err)
	return n
}
