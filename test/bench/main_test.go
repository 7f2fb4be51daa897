package bench

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/test/bench/apilog"
	"lanekeeper.io/test/bench/figures"
	"lanekeeper.io/test/bench/process"
	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
	"lanekeeper.io/trafficprovider/istio"
)

var (
	check   = flag.Bool("check", false, "fail where a goal is missed")
	command = flag.String("command", "go test ./bench", "the command that is printed beside the figures")
	profile = flag.String("profile", "", "directory to write the manager's profiles to")
)

// interrupted ends when the benchmark is to end early, whatever it waits for: what
// it started is stopped all the same.
var interrupted context.Context

// tables of all benchmarks that ran, in their order.
var tables []*figures.Table

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	interrupted = ctx
	if err := chosen(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	stop()
	if len(tables) > 0 {
		fmt.Printf("\ncommand  %s\nmachine  %s\n", *command, figures.Machine())
		for _, t := range tables {
			t.Print(os.Stdout)
		}
	}
	os.Exit(code)
}

// bench is what every benchmark of the manager has.
type bench struct {
	*testing.B
	server *apiserver.Server
	client client.Client
	log    *apilog.Log
	table  *figures.Table

	kubeconfig, certificates string
}

// begin starts an API server that keeps a log of what the manager asks of it.
func begin(b *testing.B, title string, options ...apiserver.Option) *bench {
	b.Helper()
	log, option := apilog.New(b, process.Account)
	w := &bench{B: b, log: log, table: &figures.Table{Title: title}}
	w.server = installation.Start(b, append(options, option, manyServices)...)
	w.server.Config.QPS = -1 // only the API server limits the benchmark's own requests
	w.client = w.server.Client(b, client.Options{Scheme: scheme(b)})
	w.kubeconfig = process.Kubeconfig(b, w.server)
	w.certificates = installation.Mount(b, w.client)
	tables = append(tables, w.table)
	b.Cleanup(func() { judge(b, w.table) })
	return w
}

// manyServices gives every Service an address; the usual range has 254.
func manyServices(env *envtest.Environment) {
	env.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.64.0.0/12")
}

// judge fails the benchmark for a missed goal, if that is asked for.
func judge(b *testing.B, table *figures.Table) {
	if !*check {
		return
	}
	for _, f := range table.Missed() {
		b.Errorf("%s: %s, goal %s", f.What, f.Measured, f.Goal)
	}
}

func scheme(t testing.TB) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, apiv1.AddToScheme, facts.AddToScheme, istio.New(istio.DefaultSettle).AddToScheme,
	} {
		require.NoError(t, add(s))
	}
	return s
}

// startManager runs a manager and waits until it can answer.
func (w *bench) startManager(flags ...string) *process.Manager {
	w.Helper()
	m := process.StartManager(w, w.kubeconfig, w.certificates, w.client, flags...)
	w.await("the manager to be ready", m.Ready)
	return m
}

// patience is for what comes by itself; how long that takes is measured, not tested.
const patience = 15 * time.Minute

// await waits for a condition that nothing tells of.
func (w *bench) await(what string, done func() bool) {
	w.Helper()
	for begun := time.Now(); !done(); w.pass(50 * time.Millisecond) {
		require.Less(w, time.Since(begun), patience, "waiting for %s", what)
	}
}

// requests are those of the manager since the last call.
func (w *bench) requests() []apilog.Request {
	w.Helper()
	requests, err := w.log.Next()
	require.NoError(w, err)
	return requests
}

// untilQuiet collects the manager's requests until it has written nothing for a
// while, its lease aside.
func (w *bench) untilQuiet(quiet time.Duration) []apilog.Request {
	w.Helper()
	var all []apilog.Request
	last := time.Now()
	for begun := time.Now(); time.Since(last) < quiet; {
		require.Less(w, time.Since(begun), patience, "the manager does not come to rest")
		w.pass(200 * time.Millisecond)
		now := w.requests()
		all = append(all, now...)
		if apilog.Count(now, write).Total() > 0 {
			last = time.Now()
		}
	}
	return all
}

// pass lets a time pass in which something is measured.
func (w *bench) pass(d time.Duration) {
	w.Helper()
	hold(w.Context(), d)
	require.NoError(w, interrupted.Err(), "interrupted")
}

// hold lets a time pass, unless the benchmark is to end.
func hold(ctx context.Context, d time.Duration) {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
	case <-ctx.Done():
	case <-interrupted.Done():
	}
}

// write says whether a request changes something but the lease.
func write(r apilog.Request) bool { return r.Write() && !r.Election(installation.Namespace) }

// progress tells a person who watches what goes on.
func progress(format string, values ...any) {
	line := fmt.Sprintf(format, values...)
	_, _ = io.WriteString(os.Stderr, time.Now().Format("15:04:05 ")+strings.TrimSuffix(line, "\n")+"\n")
}

// keepProfile writes a profile of the manager, if that is asked for.
func (w *bench) keepProfile(m *process.Manager, kind, name string) {
	w.Helper()
	if *profile != "" {
		m.Profile(w, kind, *profile+"/"+name+".pb.gz")
	}
}
