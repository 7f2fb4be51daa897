package bench

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/bench/apilog"
	"lanekeeper.io/test/bench/fleet"
	"lanekeeper.io/test/bench/process"
	"lanekeeper.io/test/integration/installation"
)

// The mesh of the goals.
const (
	grayLanes = 10
	replicas  = 4 // of a Service's baseline; one more pod is of a gray version
)

var (
	services = flag.Int("services", 2000, "Services of scale")
	releases = flag.Int("releases", 200, "Services that are released at once in scale")
)

// BenchmarkScale makes one large group, starts a manager on it, lets it rest, and
// releases many of its Services at once.
func BenchmarkScale(b *testing.B) {
	w := begin(b, fmt.Sprintf("scale: one group of %d Services with a Rollout each, %d gray lanes and a baseline, %d pods",
		*services, grayLanes, *services*(replicas+1)))
	f := &fleet.Fleet{Client: w.client, Lanes: grayLanes, Replicas: replicas}
	f.Create(b)

	m := w.startManager("--settle=2s", "--kube-api-qps=-1")
	installation.AwaitCalls(w, w.client) // pods come through the webhook
	w.grow(f, m, *services)
	m.Stop(b)

	m = w.coldStart(f)
	w.atRest(m)
	w.releaseAll(f, m)
	now, peak := m.Memory(b)
	w.table.Tell("memory resident after the releases", "%.0f MB", now)
	w.table.Hold("most memory resident, cold start and releases included", peak, 300, " MB")
	w.keepProfile(m, "heap", "heap-end")
}

// grow adds Services and waits until all are taken over.
func (w *bench) grow(f *fleet.Fleet, m *process.Manager, services int) {
	begun := time.Now()
	f.Grow(w, services)
	progress("%d Services and %d pods are there after %s", services, f.Pods(), time.Since(begun).Round(time.Second))
	w.await("all Services to be known", func() bool { return known(m, services) })
	requests := w.untilQuiet(5 * time.Second)
	progress("they are taken over after %s: %s", time.Since(begun).Round(time.Second), apilog.Count(requests, write))
}

// known: the manager has looked at so many Services.
func known(m *process.Manager, services int) bool {
	n, err := m.Metric("lanekeeper_lane_members", `group="`+fleet.Group+`"`, `lane="`+fleet.Base+`"`)
	return err == nil && int(n) == services
}

// coldStart starts a manager on a mesh that is as it should be.
func (w *bench) coldStart(f *fleet.Fleet) *process.Manager {
	w.Helper()
	w.requests()
	bundles := w.bundles()
	m := process.StartManager(w, w.kubeconfig, w.certificates, w.client)
	w.await("the manager to be ready", m.Ready)
	ready := time.Since(m.Started)
	w.await("all Services to be known", func() bool { return known(m, f.Services) })
	all := time.Since(m.Started)
	requests := w.untilQuiet(10 * time.Second)
	writes := apilog.Count(requests, write)
	if w.bundles() == bundles {
		// The library that keeps the certificate writes the CA bundles at every
		// start. These writes changed nothing.
		delete(writes, "mutatingwebhookconfigurations")
		delete(writes, "validatingwebhookconfigurations")
	}
	_, peak := m.Memory(w)
	w.table.Tell("cold start until the webhook answers", "%.1fs", ready.Seconds())
	w.table.Hold("cold start until every Service has been looked at", all.Seconds(), 10, "s")
	w.table.Hold("writes of a cold start that change something", float64(writes.Total()), 0, "")
	w.table.Tell("reads of a cold start, besides filling caches", "%s", apilog.Count(requests, apilog.Request.Read))
	w.table.Tell("most memory resident in a cold start", "%.0f MB", peak)
	progress("cold start: ready after %s, all known after %s, wrote %s", ready, all, apilog.Count(requests, write))
	w.keepProfile(m, "heap", "heap-start")
	return m
}

// bundles are the versions of the webhook configurations.
func (w *bench) bundles() string {
	w.Helper()
	var mutating admissionv1.MutatingWebhookConfiguration
	var validating admissionv1.ValidatingWebhookConfiguration
	key := client.ObjectKey{Name: "lanekeeper"}
	require.NoError(w, w.client.Get(w.Context(), key, &mutating))
	require.NoError(w, w.client.Get(w.Context(), key, &validating))
	return mutating.ResourceVersion + " " + validating.ResourceVersion
}

// atRest lets nothing happen.
func (w *bench) atRest(m *process.Manager) {
	const span = 30 * time.Second
	w.requests()
	before := m.CPU(w)
	w.pass(span)
	requests := w.requests()
	w.table.Hold(fmt.Sprintf("writes at rest, in %s", span), float64(apilog.Count(requests, write).Total()), 0, "")
	w.table.Tell("CPU at rest", "%.1f%% of a core", 100*float64(m.CPU(w)-before)/float64(span))
	now, _ := m.Memory(w)
	w.table.Tell("memory resident at rest", "%.0f MB", now)
	progress("at rest: %s", apilog.Count(requests, write))
}

// releaseAll publishes many Services at once, and promotes them at once.
func (w *bench) releaseAll(f *fleet.Fleet, m *process.Manager) {
	w.requests()
	begun, before := time.Now(), m.CPU(w)
	f.Publish(w, *releases)
	published := w.untilQuiet(12 * time.Second)
	progress("published after %s: %s", time.Since(begun), apilog.Count(published, write))
	f.Promote(w, *releases)
	promoted := w.untilQuiet(12 * time.Second)
	progress("promoted after %s: %s", time.Since(begun), apilog.Count(promoted, write))
	all := apilog.Count(append(published, promoted...), write)
	require.GreaterOrEqual(w, all[apilog.Mesh], 5**releases, "the releases did not happen")

	events := *releases * (fleet.PublishEvents + fleet.PromoteEvents)
	w.table.Hold(fmt.Sprintf("writes per Rollout event, %d releases at once", *releases), float64(all.Total())/float64(events), 4, "")
	w.table.Tell("writes of a publication, until its lane is routed", "%s", each(apilog.Count(published, write)))
	w.table.Tell("writes of a promotion, until its lane is gone", "%s", each(apilog.Count(promoted, write)))
	w.table.Tell("CPU of a release from begin to end", "%.1fms", (m.CPU(w)-before).Seconds()*1000/float64(*releases))
	w.keepProfile(m, "heap", "heap-releases")
}

// each divides counts by the number of releases.
func each(c apilog.Counts) string {
	out := ""
	for _, kind := range slices.Sorted(maps.Keys(c)) {
		out += fmt.Sprintf("%s %.2f  ", kind, float64(c[kind])/float64(*releases))
	}
	return out
}
