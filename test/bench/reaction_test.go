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
	"lanekeeper.io/test/integration/installation"
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
	installation.AwaitCalls(w, w.client) // pods come through the webhook
	w.grow(f, m, *samples)

	var bare figures.Durations
	joins, patches := w.writeStages(f, fleet.Initializing)
	bare = append(bare, patches...)
	requests := w.untilQuiet(2*reactionSettle + 2*time.Second)
	in := w.told(joins, requests, 2)

	leaves, patches := w.writeStages(f, fleet.Cancelling)
	bare = append(bare, patches...)
	requests = w.untilQuiet(2*reactionSettle + 2*time.Second)
	out := w.told(leaves, requests, 3)

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

// told reads from the API server's log when each Service's objects were written:
// the first time for a publication the subset and for an undo the removed route,
// which start the settle, and the last time the route or the removed subset.
func (w *bench) told(statuses []time.Time, requests []apilog.Request, each int) reaction {
	writes := meshWrites(requests)
	var r reaction
	for n, status := range statuses {
		of := writes[fleet.Service(n)]
		require.Len(w, of, each, "mesh writes for %s: %v", fleet.Service(n), of)
		first, last := of[0], of[each-1]
		// A request is logged as done after its answer was sent, on a busy machine a
		// moment after the manager has read that. The model holds it to the answer.
		require.GreaterOrEqual(w, last.Received.Sub(first.Received), reactionSettle, "the settle of %s: %v", fleet.Service(n), of)
		r.first = append(r.first, first.Done.Sub(status))
		r.rest = append(r.rest, last.Done.Sub(first.Done)-reactionSettle)
	}
	return r
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
