package model

import (
	"maps"
	"slices"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/trafficprovider/istio"
)

// settle is how long every proxy may take to learn of a change.
const settle = 10 * time.Second

// Setup is what differs between worlds from their start.
type Setup struct {
	// Patched: the Rollout labels its canary pods itself; else nobody does but
	// the webhook.
	Patched bool
	// Named: the lanes name their Services, and membership follows nothing.
	Named bool
	// Three: there is a third lane, s2, with pods, and not only their workloads.
	Three bool
	// Slow: calls may take long, and no process dies or is frozen. (A manager
	// that dies right after a slow write forgets how slow it was.)
	Slow bool
	// Older: the second group is there from the start, and older than the first.
	Older bool
	// Entry is the Service that requests enter at.
	Entry string
}

// world is everything there is. Its methods are called by the player only,
// while every goroutine of every process waits.
type world struct {
	Setup
	// baselineMoves is set where the baseline may move (move.go).
	baselineMoves bool

	scheme *runtime.Scheme
	logger logr.Logger
	store  *store
	gate   *gate

	processes []*process
	started   int
	writes    int

	webhookDown bool
	kruise      kruise
	workloads   map[string]*workload
	created     int // pods

	judge judge
	// panicked is the first panic of a controller.
	panicked atomic.Value
	// told is what happened, action by action.
	told []string
}

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, apiv1.AddToScheme, facts.AddToScheme, istio.New(istio.DefaultSettle).AddToScheme,
	} {
		must(add(scheme))
	}
	return scheme
}

// newWorld is a world with a group in it, all its workloads ready, and a
// manager that has just started.
func newWorld(s Setup, scheme *runtime.Scheme, logger logr.Logger) *world {
	w := &world{
		Setup: s, scheme: scheme, logger: logger, store: newStore(), gate: newGate(),
		workloads: map[string]*workload{}, judge: newJudge(),
	}
	w.store.onChange = w.noteChange
	w.furnish()
	w.start()
	return w
}

// wait lets every process run until it waits for something.
func (*world) wait() { synctest.Wait() }

// close ends all processes.
func (w *world) close() {
	for len(w.processes) > 0 {
		w.kill(w.processes[0])
	}
}

// plan of a run: what goes wrong in it.
type hitch struct {
	// fault hits the call of that number, counted from 1.
	fault fault
	at    int
	// blind: no watch delivers anything meanwhile.
	blind bool
}

// run lets time pass. Every call is answered at once, and every event delivered.
func (w *world) run(d time.Duration, h hitch) {
	calls := 0
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		w.settleDown(h, &calls)
		select {
		case <-w.gate.arrived:
			w.wait()
		case <-end.C:
			w.settleDown(h, &calls)
			return
		}
		w.check()
	}
}

// settleDown answers and delivers until there is nothing left at this moment.
func (w *world) settleDown(h hitch, calls *int) {
	w.wait()
	for {
		if !h.blind && w.deliverAll() {
			w.wait()
		}
		waiting := w.gate.calls()
		if len(waiting) == 0 {
			if h.blind || w.lag() == 0 {
				return
			}
			continue
		}
		*calls++
		f := fault("")
		if *calls == h.at {
			f = h.fault
		}
		w.answer(waiting[0], f)
		w.check()
	}
}

func (w *world) deliverAll() bool {
	some := false
	for _, p := range w.processes {
		if p.frozen {
			continue
		}
		for _, kind := range slices.Sorted(maps.Keys(p.cache.kinds)) {
			k := p.cache.kinds[kind]
			some = some || k.behind() > 0
			k.deliver(k.behind())
		}
	}
	return some
}

// lag is how many changes are still to be delivered to processes that run.
func (w *world) lag() int {
	n := 0
	for _, p := range w.processes {
		if !p.frozen {
			n += p.cache.lag()
		}
	}
	return n
}

// quiet: a process runs that knows everything and has nothing left to try.
func (w *world) quiet() bool {
	for _, p := range w.processes {
		if p.frozen || p.troubled {
			return false
		}
	}
	return len(w.processes) > 0 && w.lag() == 0 && len(w.gate.calls()) == 0
}

func (w *world) has(o client.Object) bool { return w.store.current(o) != nil }

func key(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: namespace, Name: name}
}
