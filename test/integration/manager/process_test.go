package manager

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
)

// patience is for what takes seconds where nothing else runs; a lease that nobody
// gave back takes longest.
const patience = 3 * time.Minute

// build builds the manager's program.
func build(t *testing.T) string {
	t.Helper()

	program := filepath.Join(t.TempDir(), "lanekeeper")
	// git is not asked: it refuses a checkout of another user.
	command := exec.Command("go", "build", "-buildvcs=false", "-o", program, "./cmd/lanekeeper")
	command.Dir = apiserver.Path(t)
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	return program
}

// serviceAccount is a kubeconfig with exactly the rights of the manager's
// ServiceAccount.
func serviceAccount(t *testing.T, server *apiserver.Server) string {
	t.Helper()

	return kubeconfig(t, server, envtest.User{
		Name:   "system:serviceaccount:" + installation.Namespace + ":lanekeeper",
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + installation.Namespace},
	})
}

// administrator is a kubeconfig with all rights.
func administrator(t *testing.T, server *apiserver.Server) string {
	t.Helper()
	return kubeconfig(t, server, envtest.User{Name: "person", Groups: []string{"system:masters"}})
}

func kubeconfig(t *testing.T, server *apiserver.Server, who envtest.User) string {
	t.Helper()

	user, err := server.Env.AddUser(who, nil)
	require.NoError(t, err)
	config, err := user.KubeConfig()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(path, config, 0o600))
	return path
}

// replica is a running manager.
type replica struct {
	name                    string
	webhook, probe, metrics int
	command                 *exec.Cmd
	log                     *output
	ended                   chan struct{}
}

// startReplica runs the manager with the flags of the Deployment, but for what
// two of them on one machine cannot share, and with more.
func startReplica(t *testing.T, name, program, kubeconfig string, free []int, c client.Client, more ...string) *replica {
	t.Helper()

	r := &replica{
		name: name, webhook: free[0], probe: free[1], metrics: free[2],
		log: &output{}, ended: make(chan struct{}),
	}
	r.command = exec.Command(program, append([]string{
		"--settle=1s", "--kubeconfig=" + kubeconfig, "--cert-dir=" + installation.Mount(t, c),
		fmt.Sprintf("--webhook-port=%d", r.webhook),
		fmt.Sprintf("--health-probe-bind-address=127.0.0.1:%d", r.probe),
		fmt.Sprintf("--metrics-bind-address=127.0.0.1:%d", r.metrics),
	}, more...)...)
	r.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // however the test ends
	r.command.Stdout, r.command.Stderr = r.log, r.log
	require.NoError(t, r.command.Start())
	go func() {
		_ = r.command.Wait() // how it ended is in ProcessState
		close(r.ended)
	}()
	t.Cleanup(func() {
		r.stop(t, syscall.SIGKILL)
		if t.Failed() {
			t.Logf("log of replica %s:\n%s", name, r.log.String())
		}
	})
	return r
}

// stop ends the process and returns its exit code.
func (r *replica) stop(t *testing.T, signal syscall.Signal) int {
	t.Helper()

	_ = r.command.Process.Signal(signal) // it may have ended already
	select {
	case <-r.ended:
	case <-time.After(patience):
		t.Fatalf("replica %s does not end", r.name)
	}
	return r.command.ProcessState.ExitCode()
}

// ready is what the readiness probe says.
func (r *replica) ready() (bool, string) {
	return r.get(fmt.Sprintf("http://127.0.0.1:%d/readyz?verbose", r.probe))
}

// leads says whether the replica holds the lease, by its own metrics.
func (r *replica) leads() bool {
	ok, body := r.get(fmt.Sprintf("http://127.0.0.1:%d/metrics", r.metrics))
	return ok && strings.Contains(body, `leader_election_master_status{name="lanekeeper"} 1`)
}

func (r *replica) get(url string) (bool, string) {
	resp, err := http.Get(url)
	if err != nil {
		return false, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK, string(body)
}

// output keeps what a process writes.
type output struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.buffer.String()
}
