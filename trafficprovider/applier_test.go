package trafficprovider_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/log"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// bench is an Applier with everything around it.
type bench struct {
	*trafficprovider.Applier
	provider *scripted
	now      time.Time
	logged   []string
	ctx      context.Context
}

func newBench(t *testing.T, funcs interceptor.Funcs, objects ...client.Object) *bench {
	scheme := runtime.NewScheme()
	require.NoError(t, corev1.AddToScheme(scheme))
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithInterceptorFuncs(funcs).Build()
	b := &bench{provider: &scripted{}, now: time.Unix(1_000_000, 0)}
	b.Applier = &trafficprovider.Applier{
		Client: c, Reader: uncached{c}, Provider: b.provider,
		Now: func() time.Time { return b.now }, Writes: trafficprovider.NewWrites(),
	}
	b.ctx = log.IntoContext(t.Context(), funcr.New(func(_, args string) { b.logged = append(b.logged, args) }, funcr.Options{}))
	return b
}

// uncached makes the reader another value than the client.
type uncached struct{ client.Reader }

// writes lets every translation answer with these writes.
func (b *bench) writes(writes ...trafficprovider.Write) {
	b.provider.step = func(client.Reader) trafficprovider.Step {
		return trafficprovider.Step{Writes: writes, Phase: trafficprovider.Complete}
	}
}

func (b *bench) apply() (trafficprovider.Outcome, error) {
	return b.Apply(b.ctx, lane.Plan{Group: "g", Service: types.NamespacedName{Namespace: "default", Name: "s"}}, readFrom{reader: b.Client})
}

func (b *bench) read(t *testing.T, name string) *corev1.ConfigMap {
	cm := &corev1.ConfigMap{}
	err := b.Client.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: name}, cm)
	if apierrors.IsNotFound(err) {
		return nil
	}
	require.NoError(t, err)
	return cm
}

func create(name string) trafficprovider.Write {
	return trafficprovider.Write{Op: trafficprovider.Create, Object: object(name), Reason: "lane canary joins", Cause: trafficprovider.Join}
}

func TestWritesAreMadeInOrderAndTold(t *testing.T) {
	b := newBench(t, interceptor.Funcs{}, object("old"), object("gone"))
	changed, gone := b.read(t, "old"), b.read(t, "gone")
	changed.Data = map[string]string{"a": "b"}
	b.writes(create("new"),
		trafficprovider.Write{Op: trafficprovider.Update, Object: changed, Cause: trafficprovider.Repair},
		trafficprovider.Write{Op: trafficprovider.Delete, Object: gone, Cause: trafficprovider.Withdraw})

	out, err := b.apply()
	require.NoError(t, err)
	assert.Equal(t, 3, out.Written)
	assert.True(t, out.Complete())
	assert.NotNil(t, b.read(t, "new"))
	assert.Equal(t, "b", b.read(t, "old").Data["a"])
	assert.Nil(t, b.read(t, "gone"))
	assert.Len(t, b.provider.wrote, 3)
	require.Len(t, b.logged, 3)
	for i, want := range []string{"create default/new", "update default/old", "delete default/gone"} {
		op, name, _ := strings.Cut(want, " ")
		assert.Contains(t, b.logged[i], op)
		assert.Contains(t, b.logged[i], strings.TrimPrefix(name, "default/"))
	}
	assert.Contains(t, b.logged[0], "lane canary joins")
	assert.ElementsMatch(t, []string{"join ConfigMap create", "repair ConfigMap update", "withdraw ConfigMap delete"}, counted(t, b.Writes))
	assert.Equal(t, []string{"translate"}, b.provider.calls, "a step that needs no confirmation reads nothing")
}

// counted are the label values of everything that was counted once.
func counted(t *testing.T, c prometheus.Collector) []string {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Len(t, families, 1)
	assert.Equal(t, "lanekeeper_traffic_writes_total", families[0].GetName())
	var out []string
	for _, m := range families[0].GetMetric() {
		require.InDelta(t, 1, m.GetCounter().GetValue(), 0)
		var values []string
		for _, label := range m.GetLabel() {
			values = append(values, label.GetValue())
		}
		out = append(out, strings.Join(values, " "))
	}
	return out
}

func TestAConflictMeansRequeueAfter(t *testing.T) {
	b := newBench(t, interceptor.Funcs{}, object("old"))
	stale := b.read(t, "old")
	somebody := b.read(t, "old")
	somebody.Data = map[string]string{"a": "theirs"}
	require.NoError(t, b.Client.Update(t.Context(), somebody))
	for _, op := range []trafficprovider.Op{trafficprovider.Update, trafficprovider.Delete} {
		b.writes(trafficprovider.Write{Op: op, Object: stale.DeepCopy()}, create("later"))
		out, err := b.apply()
		require.ErrorIs(t, err, trafficprovider.ErrStale)
		assert.Zero(t, out.Written)
		assert.Equal(t, "theirs", b.read(t, "old").Data["a"])
		assert.Nil(t, b.read(t, "later"), "what comes after a failed write is not made")
	}
	assert.Empty(t, b.logged)
	assert.Empty(t, b.provider.wrote)
}

func TestAnObjectThatIsGoneMeansRequeueAfter(t *testing.T) {
	b := newBench(t, interceptor.Funcs{})
	gone := object("gone")
	gone.ResourceVersion = "7"
	for _, op := range []trafficprovider.Op{trafficprovider.Update, trafficprovider.Delete} {
		b.writes(trafficprovider.Write{Op: op, Object: gone.DeepCopy()})
		_, err := b.apply()
		require.ErrorIs(t, err, trafficprovider.ErrStale)
	}
}

func TestOtherErrorsAreErrors(t *testing.T) {
	refused := errors.New("the API server refuses")
	noNamespace := apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "default")
	for _, answer := range []error{refused, noNamespace} {
		b := newBench(t, interceptor.Funcs{Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error { return answer }})
		b.writes(create("new"))
		_, err := b.apply()
		require.ErrorIs(t, err, answer)
		require.NotErrorIs(t, err, trafficprovider.ErrStale)
		require.ErrorContains(t, err, "creating ConfigMap default/new", "the error names the object")
	}
}

func TestAnObjectOfOthersStays(t *testing.T) {
	theirs := object("new")
	theirs.Labels = map[string]string{"group": "another"}
	b := newBench(t, interceptor.Funcs{}, theirs)
	b.writes(create("new"))
	out, err := b.apply()
	require.NoError(t, err)
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonConflict, out.Problem.Reason)
	assert.Contains(t, out.Problem.Message, "ConfigMap default/new exists")
	assert.False(t, out.Complete())
	assert.Equal(t, theirs.Labels, b.read(t, "new").Labels)
}

func TestOurOwnObjectBehindAnOldCacheMeansRequeueAfter(t *testing.T) {
	b := newBench(t, interceptor.Funcs{}, object("new"))
	b.writes(create("new"))
	out, err := b.apply()
	require.ErrorIs(t, err, trafficprovider.ErrStale)
	assert.Nil(t, out.Problem)
}

func TestADelicateStepIsDecidedFromTheAPIServer(t *testing.T) {
	b := newBench(t, interceptor.Funcs{})
	b.provider.step = func(from client.Reader) trafficprovider.Step {
		if _, ok := from.(uncached); ok {
			return trafficprovider.Step{Phase: trafficprovider.Complete}
		}
		return trafficprovider.Step{Writes: []trafficprovider.Write{create("new")}, Phase: trafficprovider.Unconfirmed}
	}
	out, err := b.apply()
	require.NoError(t, err)
	assert.Equal(t, []string{"translate", "read s", "translate"}, b.provider.calls)
	assert.True(t, out.Complete())
	assert.Zero(t, out.Written)
	assert.Nil(t, b.read(t, "new"), "the cache was wrong")
}

// follow lets the API server's word make another step than the cache's.
func (b *bench) follow(first, second trafficprovider.Step) {
	b.provider.step = func(from client.Reader) trafficprovider.Step {
		if _, ok := from.(uncached); ok {
			return second
		}
		return first
	}
}

func TestAStepThatIsMadePossibleIsTakenAtOnce(t *testing.T) {
	b := newBench(t, interceptor.Funcs{})
	b.follow(
		trafficprovider.Step{Writes: []trafficprovider.Write{create("first")}, Phase: trafficprovider.Advancing},
		trafficprovider.Step{Writes: []trafficprovider.Write{create("second")}, Phase: trafficprovider.Advancing, Again: time.Minute})
	out, err := b.apply()
	require.NoError(t, err)
	assert.Equal(t, []string{"translate", "read s", "translate"}, b.provider.calls, "it reads once, and goes no further")
	assert.Equal(t, 2, out.Written)
	require.Len(t, out.Writes, 2)
	assert.Equal(t, "first", out.Writes[0].Object.GetName())
	assert.Equal(t, time.Minute, out.Again)
	assert.NotNil(t, b.read(t, "second"))
}

func TestNothingFollowsAWriteThatWasNotMade(t *testing.T) {
	theirs := object("first")
	theirs.Labels = map[string]string{"group": "another"}
	for name, objects := range map[string][]client.Object{"ours": {object("first")}, "theirs": {theirs}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, interceptor.Funcs{}, objects...)
			b.follow(
				trafficprovider.Step{Writes: []trafficprovider.Write{create("first")}, Phase: trafficprovider.Advancing},
				trafficprovider.Step{Writes: []trafficprovider.Write{create("second")}})
			_, _ = b.apply()
			assert.Equal(t, []string{"translate"}, b.provider.calls)
			assert.Nil(t, b.read(t, "second"))
		})
	}
}

func TestWhatTheCacheLacksIsLookedAtAgain(t *testing.T) {
	created := func() trafficprovider.Step {
		return trafficprovider.Step{Writes: []trafficprovider.Write{create("new")}, Phase: trafficprovider.Unconfirmed}
	}
	done := func() trafficprovider.Step { return trafficprovider.Step{Phase: trafficprovider.Complete} }
	waiting := func() trafficprovider.Step { return trafficprovider.Step{Again: time.Second} }
	for name, tc := range map[string]struct {
		cached, live func() trafficprovider.Step
		want         time.Duration
	}{
		"it was created":                {created, created, 10 * time.Second},
		"it is there already":           {created, done, 10 * time.Second},
		"there is more to do before":    {created, waiting, time.Second},
		"the cache has all there is":    {done, done, 0},
		"the cache has it and it waits": {waiting, waiting, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, interceptor.Funcs{})
			b.follow(tc.cached(), tc.live())
			out, err := b.apply()
			require.NoError(t, err)
			assert.Equal(t, tc.want, out.RequeueAfter())

			b = newBench(t, interceptor.Funcs{})
			b.follow(tc.cached(), tc.live())
			out, err = b.ApplyIngress(b.ctx, lane.IngressPlan{Group: "g"}, readFrom{reader: b.Client}, nil)
			require.NoError(t, err)
			assert.Equal(t, tc.want, out.RequeueAfter())
		})
	}
}

func TestADelicateEntryReadsItsServicesToo(t *testing.T) {
	b := newBench(t, interceptor.Funcs{})
	b.provider.step = func(client.Reader) trafficprovider.Step {
		return trafficprovider.Step{Writes: []trafficprovider.Write{create("new")}, Phase: trafficprovider.Unconfirmed}
	}
	key := func(name string) types.NamespacedName { return types.NamespacedName{Namespace: "default", Name: name} }
	plan := lane.IngressPlan{Group: "g", Routes: []lane.IngressRoute{{Service: key("s")}, {Service: key("s")}, {Service: key("z")}}}
	out, err := b.ApplyIngress(b.ctx, plan, readFrom{reader: b.Client}, map[types.NamespacedName]trafficprovider.Live{key("s"): readFrom{reader: b.Client}})
	require.NoError(t, err)
	assert.Equal(t, 1, out.Written)
	assert.Equal(t, []string{"translate", "read entry", "read s", "read z", "translate"}, b.provider.calls)
}

func TestAFrozenProcessDoesNotWrite(t *testing.T) {
	b := newBench(t, interceptor.Funcs{})
	b.provider.step = func(client.Reader) trafficprovider.Step {
		b.now = b.now.Add(time.Minute) // frozen after the decision
		return trafficprovider.Step{Writes: []trafficprovider.Write{create("new")}}
	}
	_, err := b.apply()
	require.ErrorIs(t, err, trafficprovider.ErrStale)
	assert.Nil(t, b.read(t, "new"))
}

func TestAPlanThatIsOldIsNotWritten(t *testing.T) {
	b := newBench(t, interceptor.Funcs{})
	b.provider.step = func(client.Reader) trafficprovider.Step {
		return trafficprovider.Step{Writes: []trafficprovider.Write{create("new")}, Phase: trafficprovider.Unconfirmed}
	}
	plan := lane.Plan{Group: "g", Since: b.now.Add(-time.Minute)}
	_, err := b.Apply(b.ctx, plan, readFrom{reader: b.Client})
	require.ErrorIs(t, err, trafficprovider.ErrStale, "that the objects are read anew does not help it")
	assert.Nil(t, b.read(t, "new"))
}

func TestAnAnswerThatLayThereIsNotWrittenBy(t *testing.T) {
	b := newBench(t, interceptor.Funcs{})
	b.provider.step = func(client.Reader) trafficprovider.Step {
		return trafficprovider.Step{Writes: []trafficprovider.Write{create("new")}, Phase: trafficprovider.Unconfirmed}
	}
	b.provider.reading = func() { b.now = b.now.Add(time.Minute) } // frozen until it read the answer
	_, err := b.apply()
	require.ErrorIs(t, err, trafficprovider.ErrStale)
	assert.Nil(t, b.read(t, "new"))
}

func TestAWriteWhoseAnswerIsLostIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		told int
	}{
		"it may have been made":  {apierrors.NewTimeoutError("too slow", 1), 1},
		"it was refused":         {apierrors.NewTooManyRequests("too many", 1), 0},
		"somebody was faster":    {apierrors.NewConflict(schema.GroupResource{}, "new", nil), 0},
		"the connection was cut": {io.ErrUnexpectedEOF, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, interceptor.Funcs{Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error {
				return tc.err
			}})
			b.writes(create("new"))
			out, err := b.apply()
			require.Error(t, err)
			assert.Zero(t, out.Written)
			assert.Len(t, b.provider.wrote, tc.told)
		})
	}
}

func TestTheEndOfASlowWriteIsTold(t *testing.T) {
	var b *bench
	b = newBench(t, interceptor.Funcs{Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
		b.now = b.now.Add(15 * time.Second)
		return c.Create(ctx, obj, opts...)
	}})
	begin := b.now
	b.writes(create("new"), create("later"))
	out, err := b.apply()
	require.ErrorIs(t, err, trafficprovider.ErrStale, "the second write was decided too long ago")
	assert.Equal(t, 1, out.Written)
	assert.Equal(t, []time.Time{begin.Add(15 * time.Second)}, b.provider.wrote)
}
