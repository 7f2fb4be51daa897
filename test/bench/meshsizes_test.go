package bench

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lanekeeper.io/test/bench/fleet"
	"lanekeeper.io/test/bench/process"
	"lanekeeper.io/test/bench/proxies"
	"lanekeeper.io/test/integration/installation"
)

var meshSizes = flag.String("mesh-sizes", "100,500,2000", "numbers of Services of one group at which meshsizes measures")

const (
	// sidecars that are connected all the time, spread over the namespaces.
	sidecarsConnected = 10
	// atOnce is how many Services are released at a time, half of them in a small mesh.
	atOnce = 200
)

// BenchmarkMeshSizes looks at what istiod sends to proxies: of Services without lanes, with lanes at rest,
// and in many releases.
func BenchmarkMeshSizes(b *testing.B) {
	for text := range strings.SplitSeq(*meshSizes, ",") {
		size, err := strconv.Atoi(text)
		require.NoError(b, err, "-mesh-sizes")
		b.Run(text, func(b *testing.B) { measureMesh(b, size) })
	}
}

func measureMesh(b *testing.B, size int) {
	w := begin(b, fmt.Sprintf("mesh sizes: one group of %d Services, %d gray lanes, %d pods; what a proxy gets", size, grayLanes, size*replicas))
	require.NoError(b, w.client.Create(b.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "istio-system"}}))
	f := &fleet.Fleet{Client: w.client, Lanes: grayLanes, Replicas: replicas, Endpoints: true, NoGray: true}
	f.Create(b)
	manager := w.startManager("--settle=2s", "--kube-api-qps=-1")
	installation.AwaitCalls(w, w.client) // pods come through the webhook
	f.Add(b, size)
	s := &meshSize{bench: w, istiod: process.StartIstiod(b, w.server), fleet: f, releases: min(atOnce, size/2)}
	w.await("istiod to be ready", s.istiod.Ready)
	for n := range sidecarsConnected {
		s.proxies = append(s.proxies, proxies.Connect(b, s.istiod.XDS, fleet.Namespace(n), n, "8000"))
	}

	without := s.whole("without lanes")
	s.release("without lanes")
	begun, before := time.Now(), s.istiod.CPU(b)
	f.Join(b, size)
	w.await("all Services to be known", func() bool { return known(manager, size) })
	w.untilQuiet(5 * time.Second)
	s.quiet()
	progress("%d Services are taken over after %s, for %s of istiod's CPU", size, time.Since(begun).Round(time.Second), s.istiod.CPU(b)-before)
	s.take()
	rest := s.whole("with lanes, at rest")
	for _, kind := range proxies.Kinds {
		w.table.Hold(fmt.Sprintf("%s with lanes at rest, beside the same without", kind), float64(rest[kind].Bytes)/float64(without[kind].Bytes), atRestGoal, " times")
	}
	s.release("with lanes")
}

// atRestGoal is how much more a proxy may get at rest: the base subset is one cluster more.
const atRestGoal = 2.3

type meshSize struct {
	*bench
	istiod   *process.Istiod
	fleet    *fleet.Fleet
	proxies  []*proxies.Proxy
	releases int
}

// quiet waits until no proxy has got anything for a while.
func (s *meshSize) quiet() {
	s.Helper()
	s.await("pushes to end", func() bool {
		for _, p := range s.proxies {
			if p.Quiet() < 4*time.Second {
				return false
			}
		}
		return true
	})
}

// take is what all proxies got since the last call, and how many of them got something.
func (s *meshSize) take() (map[proxies.Kind]proxies.Count, int) {
	s.Helper()
	all, touched := map[proxies.Kind]proxies.Count{}, 0
	for _, p := range s.proxies {
		counts, err := p.Take()
		require.NoError(s, err)
		if len(counts) > 0 {
			touched++
		}
		for kind, c := range counts {
			all[kind] = all[kind].Add(c)
		}
	}
	return all, touched
}

// whole is what a proxy gets that has just started.
func (s *meshSize) whole(when string) map[proxies.Kind]proxies.Count {
	s.Helper()
	s.quiet()
	p := proxies.Connect(s, s.istiod.XDS, fleet.Namespace(0), 1000, "8000")
	defer p.Close()
	s.await("a new proxy to get all", func() bool { return p.Quiet() > 4*time.Second })
	counts, err := p.Take()
	require.NoError(s, err)
	for _, kind := range proxies.Kinds {
		s.table.Tell(fmt.Sprintf("%s, all of the %s of a proxy", when, kind), "%d kB, %d resources", counts[kind].Bytes/1000, counts[kind].Resources)
	}
	s.take()
	return counts
}

// release publishes many Services, and promotes them.
func (s *meshSize) release(when string) {
	s.Helper()
	s.step(when+", publish", func() { s.fleet.Publish(s, s.releases) })
	s.step(when+", promote", func() { s.fleet.Promote(s, s.releases) })
}

// step tells what istiod and the proxies had to do for a step of many releases.
func (s *meshSize) step(what string, do func()) {
	s.Helper()
	s.quiet()
	s.take()
	before, pushed := s.istiod.CPU(s), s.pushes()
	do()
	s.untilQuiet(12 * time.Second)
	s.quiet()
	counts, touched := s.take()
	took, n := s.pushes().since(pushed)
	s.table.Tell(what+": istiod", "%.1f ms of CPU a release, %d pushes in all, %.1f ms each until all proxies had it", 1000*(s.istiod.CPU(s)-before).Seconds()/float64(s.releases), n, took)
	for _, kind := range proxies.Kinds {
		c := counts[kind]
		s.table.Tell(fmt.Sprintf("%s: %s", what, kind), "%.1f kB a release and proxy, in %.2f pushes", float64(c.Bytes)/1000/float64(s.releases*len(s.proxies)), float64(c.Pushes)/float64(s.releases*len(s.proxies)))
	}
	progress("%s: %v, %d of %d proxies", what, counts, touched, len(s.proxies))
}

// pushes are how many there were, and how many seconds they took until all proxies had them.
type pushes struct{ n, seconds float64 }

func (s *meshSize) pushes() (p pushes) {
	s.Helper()
	var err error
	p.n, err = s.istiod.Metric("pilot_proxy_convergence_time_count")
	require.NoError(s, err)
	p.seconds, err = s.istiod.Metric("pilot_proxy_convergence_time_sum")
	require.NoError(s, err)
	return p
}

// since is how many milliseconds a push took, and how many there were.
func (p pushes) since(before pushes) (milliseconds float64, n int) {
	n = int(p.n - before.n)
	return 1000 * (p.seconds - before.seconds) / max(1, float64(n)), n
}
