package model

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/recorder"
	crwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	"lanekeeper.io/rolloutwatch"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
	"lanekeeper.io/webhook"
)

// process is the manager of a moment: it dies, and another one starts. It is
// the product as cmd/lanekeeper wires it, on a cluster that is modelled.
type process struct {
	manager.Manager // nil: whatever is not here must not be used

	world *world
	name  string
	ctx   context.Context
	die   context.CancelFunc
	cache *lagging
	hooks hooks
	added []manager.Runnable
	// frozen: it was stopped, and may be continued.
	frozen bool
	// troubled: a call of its failed, so that something may wait to be tried
	// again.
	troubled bool
	// writes counts those that were made.
	writes int
}

// start starts a manager that leads at once.
func (w *world) start() {
	w.started++
	ctx, die := context.WithCancel(context.WithValue(context.Background(), worldKey{}, w))
	p := &process{world: w, name: string(rune('A' + (w.started-1)%26)), ctx: ctx, die: die, cache: newLagging(w.store), hooks: hooks{}}
	c := &apiClient{cache: p.cache, process: p}
	provider := istio.New(settle)
	cluster := &facts.Cluster{Cache: c, API: liveReader{p}, Mesh: trafficprovider.Marking{Cache: c, Provider: provider}}
	must(cluster.SetupWithManager(ctx, p))
	must(provider.SetUp(ctx, p.GetFieldIndexer(), c))
	must(webhook.Setup(ctx, p, cluster, trafficprovider.DryRun{Client: p.GetClient(), Provider: provider}))
	must(rolloutwatch.SetupWithManager(ctx, p, rolloutwatch.Options{
		Cluster: cluster, Provider: provider, Metrics: prometheus.NewRegistry(),
		Traffic: &trafficprovider.Applier{Client: c, Reader: liveReader{p}, Provider: provider, Freshness: settle / 2},
	}))
	for _, r := range p.added {
		go func() { _ = r.Start(ctx) }()
	}
	w.processes = append(w.processes, p)
	w.wait()
}

// kill ends a process between two instructions.
func (w *world) kill(p *process) {
	p.die()
	for _, c := range w.gate.of(p) {
		w.gate.remove(c)
	}
	for i, other := range w.processes {
		if other == p {
			w.processes = append(w.processes[:i:i], w.processes[i+1:]...)
		}
	}
	w.wait()
}

// freeze stops a process. Its requests have left: the server serves them, and
// nobody reads the answers for now.
func (w *world) freeze(p *process) {
	p.frozen = true
	for _, c := range w.gate.of(p) {
		err := c.do()
		c.answer = &err
	}
}

// thaw continues it. It reads the answers that lie there; what its timers would
// have sent meanwhile fails, since nothing was sent.
func (w *world) thaw(p *process) {
	p.frozen = false
	p.troubled = true
	for _, c := range w.gate.of(p) {
		w.gate.remove(c)
		if c.answer != nil {
			c.reply <- *c.answer
		} else {
			c.reply <- faultTimeout.error()
		}
		w.wait()
	}
}

func (p *process) write(ctx context.Context, name string, do func(*store) error) error {
	return p.world.gate.pass(ctx, p, name, true, func() error {
		err := do(p.world.store)
		if err == nil {
			p.writes++
			p.world.writes++
		}
		return err
	})
}

func (p *process) read(ctx context.Context, name string, do func(*store) error) error {
	return p.world.gate.pass(ctx, p, name, false, func() error { return do(p.world.store) })
}

// The manager that the product's packages are set up with.

// Add implements manager.Manager.
func (p *process) Add(r manager.Runnable) error {
	p.added = append(p.added, r)
	return nil
}

// GetCache implements manager.Manager.
func (p *process) GetCache() cache.Cache { return p.cache }

// GetFieldIndexer implements manager.Manager.
func (p *process) GetFieldIndexer() client.FieldIndexer { return p.cache }

// GetClient implements manager.Manager.
func (p *process) GetClient() client.Client { return &apiClient{cache: p.cache, process: p} }

// GetAPIReader implements manager.Manager.
func (p *process) GetAPIReader() client.Reader { return liveReader{p} }

// GetScheme implements manager.Manager.
func (p *process) GetScheme() *runtime.Scheme { return p.world.scheme }

// GetLogger implements manager.Manager.
func (p *process) GetLogger() logr.Logger { return p.world.logger.WithValues("process", p.name) }

// GetRESTMapper implements manager.Manager.
func (*process) GetRESTMapper() meta.RESTMapper { return everyKind{} }

// GetWebhookServer implements manager.Manager.
func (p *process) GetWebhookServer() crwebhook.Server { return p.hooks }

// GetEventRecorder implements manager.Manager.
func (*process) GetEventRecorder(string) recorder.EventRecorder { return silent{} }

// GetControllerOptions implements manager.Manager.
func (*process) GetControllerOptions() config.Controller {
	return config.Controller{SkipNameValidation: new(true), CacheSyncTimeout: time.Minute, RecoverPanic: new(true)}
}

// worldKey is where the context of a process has its world.
type worldKey struct{}

// notePanic is a panic handler of the Kubernetes libraries: what a controller
// recovers from is still a bug.
func notePanic(ctx context.Context, cause any) {
	if w, ok := ctx.Value(worldKey{}).(*world); ok {
		w.panicked.CompareAndSwap(nil, fmt.Sprintf("%v\n%s", cause, debug.Stack()))
	}
}

// everyKind says that every kind is served, Kruise's among them.
type everyKind struct{ meta.RESTMapper }

// RESTMapping implements meta.RESTMapper.
func (everyKind) RESTMapping(schema.GroupKind, ...string) (*meta.RESTMapping, error) {
	return &meta.RESTMapping{}, nil
}

type silent struct{ recorder.EventRecorder }

// Eventf implements events.EventRecorder.
func (silent) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {}

// hooks are the webhooks of a process by their path.
type hooks map[string]http.Handler

// Register implements webhook.Server.
func (h hooks) Register(path string, hook http.Handler) { h[path] = hook }

// NeedLeaderElection implements webhook.Server.
func (hooks) NeedLeaderElection() bool { return false }

// Start implements webhook.Server.
func (hooks) Start(context.Context) error { return nil }

// StartedChecker implements webhook.Server.
func (hooks) StartedChecker() healthz.Checker { return nil }

// WebhookMux implements webhook.Server.
func (hooks) WebhookMux() *http.ServeMux { return nil }

func must(err error) {
	if err != nil {
		panic(err)
	}
}
