package rolloutwatch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// world is all controllers on a fake cluster and a fake mesh. settle runs them
// by hand until nothing changes.
type world struct {
	t        *testing.T
	client   client.Client
	mesh     *mesh
	store    *status.Store
	recorder *events.FakeRecorder
	services *serviceReconciler
	groups   *groupReconciler
	lanes    *laneReconciler
	// writes counts status writes.
	writes int
}

func newWorld(t *testing.T, objects ...client.Object) *world {
	t.Helper()
	w := &world{t: t, mesh: newMesh(), store: status.NewStore(), recorder: events.NewFakeRecorder(100)}
	c := interceptor.NewClient(fixture.Client(t, addIndexes, objects...), interceptor.Funcs{
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
			w.writes++
			return c.SubResource(sub).Update(ctx, o, opts...)
		}})
	w.client, w.mesh.cards, w.mesh.cardsLive = c, c, c
	cluster := newClusterOn(t, c)
	events := &eventPublisher{recorder: w.recorder, cluster: cluster}
	w.services = &serviceReconciler{cluster: cluster, client: c, traffic: w.mesh, store: w.store, events: events, metrics: status.NewMetrics(w.store), words: words, now: time.Now}
	w.groups = &groupReconciler{cluster: cluster, client: c, traffic: w.mesh, store: w.store, words: words, now: time.Now}
	w.lanes = &laneReconciler{cluster: cluster, client: c, traffic: w.mesh, store: w.store}
	return w
}

// reconcile reconciles fixture.Mockb once.
func (w *world) reconcile() error {
	_, err := w.services.Reconcile(w.t.Context(), mockb)
	return err
}

// settle runs every controller a few times: enough for one to see what the
// other wrote.
func (w *world) settle() {
	w.t.Helper()
	for range 3 {
		require.NoError(w.t, w.reconcile())
		w.rollUp()
	}
}

func (w *world) rollUp() {
	w.t.Helper()
	_, err := w.groups.Reconcile(w.t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Name: "rollout"}})
	require.NoError(w.t, err)
	for _, name := range []string{"base", "canary", "s2"} {
		_, err := w.lanes.Reconcile(w.t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Name: name}})
		require.NoError(w.t, err)
	}
}

// events are the events since the last call, without their type and text.
func (w *world) events() []string {
	var out []string
	for len(w.recorder.Events) > 0 {
		fields := strings.Fields(<-w.recorder.Events)
		out = append(out, fields[1])
	}
	slices.Sort(out)
	return out
}

func (w *world) group() *apiv1.ASMSwimLaneGroup {
	w.t.Helper()
	var g apiv1.ASMSwimLaneGroup
	require.NoError(w.t, w.client.Get(w.t.Context(), types.NamespacedName{Name: "rollout"}, &g))
	return &g
}

func (w *world) lane(name string) *apiv1.ASMSwimLane {
	w.t.Helper()
	var l apiv1.ASMSwimLane
	require.NoError(w.t, w.client.Get(w.t.Context(), types.NamespacedName{Name: name}, &l))
	return &l
}

func (w *world) exists(o client.Object) bool {
	w.t.Helper()
	err := w.client.Get(w.t.Context(), client.ObjectKeyFromObject(o), o)
	if !apierrors.IsNotFound(err) {
		require.NoError(w.t, err)
	}
	return err == nil
}

func (w *world) create(objects ...client.Object) {
	w.t.Helper()
	for _, o := range objects {
		o.SetResourceVersion("")
		require.NoError(w.t, w.client.Create(w.t.Context(), o))
	}
}

func (w *world) delete(objects ...client.Object) {
	w.t.Helper()
	for _, o := range objects {
		require.NoError(w.t, w.client.Delete(w.t.Context(), o))
	}
}

// setRollout sets the status of the Rollout.
func (w *world) setRollout(phase, reason, succeeded string) {
	w.t.Helper()
	w.setRolloutBegan(0, phase, reason, succeeded)
}

// setRolloutBegan also sets when its release began, if not at 0.
func (w *world) setRolloutBegan(at int64, phase, reason, succeeded string) {
	w.t.Helper()
	r := fixture.Rollout("", "", "")
	require.NoError(w.t, w.client.Get(w.t.Context(), client.ObjectKeyFromObject(r), r))
	fixture.SetStatus(r, phase, reason, succeeded)
	if at != 0 {
		r.Status.Conditions[0].LastTransitionTime = metav1.NewTime(time.Unix(at, 0))
	}
	require.NoError(w.t, w.client.Status().Update(w.t.Context(), r))
}

// words are the provider's that the tests do not read.
var words = trafficprovider.Words{Joining: "joins later", Routing: "is routed later", Settling: "settles", Withdrawing: "leaves", Order: "in order", IngressSettling: "settles"}

var mockb = lane.GroupService{Group: "rollout", Service: fixture.Mockb}

func addIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	return errors.Join(facts.AddIndexes(ctx, indexer), facts.AddRolloutIndex(ctx, indexer))
}

func newCluster(t *testing.T, objects ...client.Object) *facts.Cluster {
	t.Helper()
	return newClusterOn(t, fixture.Client(t, addIndexes, objects...))
}

func newClusterOn(t *testing.T, c client.Client) *facts.Cluster {
	t.Helper()
	cluster := &facts.Cluster{Cache: c, API: c}
	require.NoError(t, cluster.Serve(&kruisev1beta1.Rollout{}))
	return cluster
}
