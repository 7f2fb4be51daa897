package bench

import (
	"flag"
	"testing"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/bench/apilog"
	"lanekeeper.io/test/bench/figures"
	"lanekeeper.io/test/bench/fleet"
)

var samples = flag.Int("samples", 300, "releases of reaction")

const (
	reactionSettle = time.Second
	// apart is the time between two samples: enough for the first to be over.
	apart = 400 * time.Millisecond
)

// BenchmarkReaction publishes Services one after another and undoes them one
// after another, and looks at when the mesh is told.
func BenchmarkReaction(b *testing.B) {
	w := begin(b, "reaction: from the Rollout's status write to the mesh writes it needs")
	f := &fleet.Fleet{Client: w.client, Lanes: 3, Replicas: 1}
	f.Create(b)
	m := w.startManager("--settle="+reactionSettle.String(), "--kube-api-qps=-1")
	w.pass(time.Second)
	w.grow(f, m, *samples)

	var bare figures.Durations
	joins, patches := w.writeStages(f, fleet.Initializing)
	bare = append(bare, patches...)
	requests := w.untilQuiet(2*reactionSettle+2*time.Second, 2*time.Minute)
	in := w.joined(joins, requests)

	leaves, patches := w.writeStages(f, fleet.Cancelling)
	bare = append(bare, patches...)
	requests = w.untilQuiet(2*reactionSettle+2*time.Second, 2*time.Minute)
	out := w.left(leaves, requests)

	w.table.Tell("a bare PATCH, for comparison", "%s", bare)
	for _, c := range []struct {
		what  string
		times reaction
	}{{"publish", in}, {"undo", out}} {
		w.table.Tell(c.what+": first mesh write after the status write", "%s", c.times.first)
		w.table.Tell(c.what+": the others after their settle, together", "%s", c.times.rest)
		w.table.Tell(c.what+": all mesh writes, settle apart", "%s", c.times.all())
		w.table.Hold(c.what+": p99 of that beside p99 of the PATCH", ratio(c.times.all().At(99), bare.At(99)), 3, " times")
	}
}

// reaction is how long mesh writes took, by release.
type reaction struct{ first, rest figures.Durations }

func (r reaction) all() figures.Durations {
	out := make(figures.Durations, len(r.first))
	for n := range r.first {
		out[n] = r.first[n] + r.rest[n]
	}
	return out
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// writeStages writes each Rollout's status, and beside each a bare PATCH of the
// same kind by which nobody decides anything. It returns when the status writes were
// answered, and how long the PATCHes took.
func (w *bench) writeStages(f *fleet.Fleet, s fleet.Stage) (answered []time.Time, bare figures.Durations) {
	idle := &kruisev1beta1.Rollout{}
	idle.Namespace, idle.Name = fleet.Namespace(0), fleet.Service(0)
	w.requests()
	tick := time.NewTicker(apart)
	defer tick.Stop()
	for n := range f.Services {
		<-tick.C
		require.NoError(w, f.Stand(w.Context(), n, s))
		answered = append(answered, time.Now())
		w.pass(apart / 2)
		text := `{"metadata":{"annotations":{"bench":"` + time.Now().Format(time.RFC3339Nano) + `"}}}`
		begun := time.Now()
		require.NoError(w, w.client.Patch(w.Context(), idle, client.RawPatch(types.MergePatchType, []byte(text))))
		bare = append(bare, time.Since(begun))
	}
	return answered, bare
}

// joined reads from the API server's log when each Service's subset and then
// its route were written.
func (w *bench) joined(statuses []time.Time, requests []apilog.Request) reaction {
	writes := meshWrites(requests)
	var r reaction
	for n, status := range statuses {
		of := writes[fleet.Service(n)]
		require.Len(w, of, 2, "mesh writes for the publication of %s: %v", fleet.Service(n), of)
		r.first = append(r.first, of[0].Done.Sub(status))
		r.rest = append(r.rest, of[1].Done.Sub(w.settled(of[0], of[1], true)))
	}
	return r
}

// left does so for an undo: the route goes at once; that it is gone is seen and
// written down at once, and the subset goes one settle later.
func (w *bench) left(statuses []time.Time, requests []apilog.Request) reaction {
	writes := meshWrites(requests)
	var r reaction
	for n, status := range statuses {
		of := writes[fleet.Service(n)]
		require.Len(w, of, 3, "mesh writes for the undoing of %s: %v", fleet.Service(n), of)
		r.first = append(r.first, of[0].Done.Sub(status))
		r.rest = append(r.rest, of[1].Done.Sub(of[0].Done)+of[2].Done.Sub(w.settled(of[1], of[2], false)))
	}
	return r
}

// settled is when the settle is over that a write starts and that the next write
// waited for. The manager acts within a second of the deadline, and deadlines
// are whole seconds, so it is the one before the next write; but where proxies
// have to learn of a subset, the settle counts from the end of its write.
func (w *bench) settled(of, next apilog.Request, learning bool) time.Time {
	w.Helper()
	deadline := next.Received.Truncate(time.Second)
	require.InDelta(w, (reactionSettle + 400*time.Millisecond).Seconds(), deadline.Sub(of.Received).Seconds(), 0.7, "the settle between %v and %v", of, next)
	if end := of.Done.Add(reactionSettle); learning && end.After(deadline) {
		return end
	}
	return deadline
}

// meshWrites are the successful ones by the Service they are for.
func meshWrites(requests []apilog.Request) map[string][]apilog.Request {
	out := map[string][]apilog.Request{}
	for _, r := range requests {
		if r.Write() && r.Kind() == apilog.Mesh && r.Code < 300 {
			service := r.Name[len(r.Name)-len(fleet.Service(0)):]
			out[service] = append(out[service], r)
		}
	}
	return out
}
