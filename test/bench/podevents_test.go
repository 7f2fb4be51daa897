package bench

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/bench/apilog"
	"lanekeeper.io/test/bench/figures"
	"lanekeeper.io/test/bench/fleet"
	"lanekeeper.io/test/bench/process"
	"lanekeeper.io/test/integration/installation"
)

var sizes = flag.String("sizes", "100,500,2000", "numbers of Services of one group at which podevents measures")

// BenchmarkPodEvents makes pods of many Services ready and unready, and looks at
// what each costs the manager: in a stream, and alone, where nothing is collected
// with it into one status write.
func BenchmarkPodEvents(b *testing.B) {
	w := begin(b, "pod events: what each costs the manager, in groups of several sizes")
	f := &fleet.Fleet{Client: w.client, Lanes: grayLanes, Replicas: 1}
	f.Create(b)
	m := w.startManager("--settle=2s", "--kube-api-qps=-1")
	installation.AwaitCalls(w, w.client) // pods come through the webhook
	for text := range strings.SplitSeq(*sizes, ",") {
		size, err := strconv.Atoi(text)
		require.NoError(b, err, "-sizes")
		w.grow(f, m, size)
		for _, of := range []struct {
			what, version string
			events        int
			every         time.Duration
		}{
			{"baseline pod event, 50 a second", fleet.Stable, 400, 20 * time.Millisecond},
			{"gray pod event, 50 a second", fleet.Gray, 400, 20 * time.Millisecond},
			{"baseline pod event, alone", fleet.Stable, 6, 3 * time.Second},
			{"gray pod event, alone", fleet.Gray, 6, 3 * time.Second},
		} {
			c := w.flip(f, m, of.version, of.events, of.every)
			w.table.Tell(fmt.Sprintf("%s, among %d Services", of.what, f.Services), "%s", c)
			progress("%s, among %d Services: %s", of.what, f.Services, c)
		}
	}
}

// cost of one event.
type cost struct {
	cpu    time.Duration // of the whole process, what it uses at rest aside
	looks  float64       // at Services
	look   time.Duration // how long one took
	status float64       // writes
}

func (c cost) String() string {
	return fmt.Sprintf("%s CPU; %.2f looks at a Service of %s; %.2f status writes",
		figures.Milliseconds(c.cpu), c.looks, figures.Milliseconds(c.look), c.status)
}

func (w *bench) flip(f *fleet.Fleet, m *process.Manager, version string, events int, every time.Duration) cost {
	w.Helper()
	w.untilQuiet(3 * time.Second)
	idle := w.idle(m)
	begun, cpu, looks, spent := time.Now(), m.CPU(w), w.metric(m, "count"), w.metric(m, "sum")
	tick := time.NewTicker(every)
	defer tick.Stop()
	// An even number of steps with an odd stride: each pod goes down, then up.
	for n := range events {
		<-tick.C
		require.NoError(w, f.FlipPod(w.Context(), n/2*37%f.Services, version, n%2 == 1))
	}
	requests := w.untilQuiet(4 * time.Second)
	looks, spent = w.metric(m, "count")-looks, w.metric(m, "sum")-spent
	span := time.Since(begun)
	return cost{
		cpu:    (m.CPU(w) - cpu - time.Duration(idle*float64(span))) / time.Duration(events),
		looks:  looks / float64(events),
		look:   time.Duration(spent / looks * float64(time.Second)),
		status: float64(apilog.Count(requests, write)[apilog.Status]) / float64(events),
	}
}

// idle is the part of a core that the manager uses while nothing happens.
func (w *bench) idle(m *process.Manager) float64 {
	const span = 5 * time.Second
	before := m.CPU(w)
	w.pass(span)
	return float64(m.CPU(w)-before) / float64(span)
}

// metric is of the looks at Services: their count, or the sum of their seconds.
func (w *bench) metric(m *process.Manager, what string) float64 {
	w.Helper()
	n, err := m.Metric("controller_runtime_reconcile_time_seconds_"+what, `controller="service"`)
	require.NoError(w, err)
	return n
}
