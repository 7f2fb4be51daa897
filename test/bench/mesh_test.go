package bench

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/bench/figures"
	"lanekeeper.io/test/bench/meshchain"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/load"
	"lanekeeper.io/test/stack/control"
)

// measured is how long each look at the chains takes.
const measured = 60 * time.Second

// BenchmarkMesh sends requests through three chains of five services side by side: one without
// lanes, one with lanes, and one with lanes whose tags the mesh restores from ids.
func BenchmarkMesh(b *testing.B) {
	table := &figures.Table{Title: "mesh: a chain of five services without lanes, with lanes, and with lanes and tags restored from ids"}
	tables = append(tables, table)
	m := &meshBench{B: b, Cluster: startCluster(b), table: table}

	m.apply(meshchain.Chains())
	m.look(atRest)
	m.apply(meshchain.Release())
	m.serve(meshchain.Lane(meshchain.Laned, 1), meshchain.Released...)
	m.serve(meshchain.Lane(meshchain.Traced, 1), meshchain.Released...)
	m.look("in a release of two services")
	m.apply(meshchain.Lanes(10))
	for n := 2; n <= 10; n++ {
		m.serve(meshchain.Lane(meshchain.Laned, n), meshchain.Released[0])
	}
	m.look("beside nine more lanes of one service")
	judge(b, table)
}

// atRest is the look before any release.
const atRest = "at rest"

type meshBench struct {
	*testing.B
	*cluster.Cluster
	table *figures.Table
}

// apply applies objects, and waits until the chains have come to rest.
func (m *meshBench) apply(objects string) {
	m.Helper()
	require.NoError(m, m.ApplyText(m.Context(), objects))
	for _, chain := range meshchain.Names {
		require.NoError(m, m.AwaitDeployments(m.Context(), chain))
	}
	for _, group := range meshchain.Groups {
		kubectl(m.B, m.Cluster, "wait", "asmswimlanegroup/"+group, "--for=condition=Ready", "--timeout=120s")
	}
}

// serve waits until a lane has services, and every proxy knows.
func (m *meshBench) serve(lane string, services ...string) {
	m.Helper()
	require.NoError(m, m.AwaitLane(m.Context(), lane, services...))
	kubectl(m.B, m.Cluster, "wait", "asmswimlane/"+lane, "--for=condition=Ready", "--timeout=120s")
}

// look sends requests through all chains at a time, and tells what they cost.
func (m *meshBench) look(when string) {
	m.Helper()
	ctx := m.Context()
	hold(ctx, 5*cluster.Settle) // every proxy knows
	url, err := m.Stack.GatewayURL(ctx)
	require.NoError(m, err)
	target, err := load.Sized(ctx, load.Config{URL: url, Dial: m.Stack.Dial, Streams: streamsOf(when)})
	require.NoError(m, err)
	progress("%s: %s", when, target)
	before, err := m.Stack.Usage()
	require.NoError(m, err)
	run, err := load.Start(ctx, target)
	require.NoError(m, err)
	hold(ctx, measured)
	records := run.Stop()
	after, err := m.Stack.Usage()
	require.NoError(m, err)
	m.tell(when, records, before, after)
}

// streamsOf are those of each chain: everybody's, and in a release a lane's as well.
func streamsOf(when string) []load.Stream {
	var out []load.Stream
	for _, chain := range meshchain.Names {
		out = append(out, load.Stream{Name: chain, Path: "/" + chain, Rate: 50})
		if when != atRest && chain != meshchain.Plain {
			out = append(out, load.Stream{Name: chain + ", tagged", Path: "/" + chain, Tag: meshchain.Lane(chain, 1), Rate: 50})
		}
	}
	return out
}

func (m *meshBench) tell(when string, records []load.Record, before, after map[string]control.Usage) {
	m.Helper()
	times, sent := map[string]figures.Durations{}, map[string]int{}
	for _, r := range records {
		require.Empty(m, r.Err, "a request of %s was lost", r.Stream)
		for _, h := range r.Chain {
			gray := r.Tag != "" && slices.Contains(meshchain.Released, h.App)
			require.Equal(m, gray, h.Version != "v1", "a request of %s met %s", r.Stream, r.Chain)
		}
		times[r.Stream] = append(times[r.Stream], r.Latency())
		chain, _, _ := strings.Cut(r.Stream, ",")
		sent[chain]++
	}
	plain := times[meshchain.Plain]
	for _, s := range streamsOf(when) {
		d := times[s.Name]
		m.table.Tell(when+", "+s.Name, "%s", d)
		if s.Name != meshchain.Plain && !strings.HasPrefix(s.Name, meshchain.Traced) {
			m.table.Hold(when+", "+s.Name+": p50 beside the chain without lanes", ratio(d.At(50), plain.At(50)), 1.05, " times")
		}
		if s.Name == meshchain.Traced {
			m.table.Hold(when+", p50 of restored tags beside the chain with lanes", float64((d.At(50)-times[meshchain.Laned].At(50)).Microseconds())/1000, 0.4, "ms")
		}
	}
	for _, chain := range meshchain.Names {
		sidecars := sidecarsOf(chain, before, after)
		m.table.Tell(when+", "+chain+": sidecars", "%.0f MB each, %.2f ms of CPU of all of them a request", sidecars.megabytes, 1000*sidecars.cpu/float64(sent[chain]))
	}
}

type sidecars struct{ megabytes, cpu float64 }

// sidecarsOf are what those of a chain take: memory of one, and seconds of CPU of all meanwhile.
func sidecarsOf(chain string, before, after map[string]control.Usage) (out sidecars) {
	n := 0.0
	for key, used := range after {
		if strings.HasPrefix(key, chain+"/") && strings.HasSuffix(key, "/istio-proxy") {
			n++
			out.megabytes += float64(used.RSS) / (1 << 20)
			out.cpu += used.CPU - before[key].CPU
		}
	}
	out.megabytes /= n
	return out
}
