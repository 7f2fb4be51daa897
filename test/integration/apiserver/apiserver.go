// Package apiserver runs the real etcd and kube-apiserver of bin/ for tests.
//
// A test package that can share one server calls Main from its TestMain and
// Shared from its tests. One that needs webhooks or flags of its own calls
// Start. There are no controllers and no nodes: nothing creates pods of a
// Deployment, and deleted namespaces stay. The admission plugin ServiceAccount
// is off, so pods can be created without one.
package apiserver

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Server is a running API server with our CRDs.
type Server struct {
	// Config is an administrator's.
	Config *rest.Config

	// Env is what runs; AddUser of it makes clients with fewer rights.
	Env *envtest.Environment

	// release gives back what was taken for it on this machine.
	release func()
}

// Option changes the environment before it starts, for example to install
// webhooks or the CRDs of others.
type Option func(*envtest.Environment)

// WithCRDs installs the CRDs of these files or directories, beside ours.
func WithCRDs(paths ...string) Option {
	return func(env *envtest.Environment) {
		env.CRDDirectoryPaths = append(env.CRDDirectoryPaths, paths...)
	}
}

// Start runs a server of its own for this test and stops it at the end.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()

	server, err := start(options...)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := server.stop(); err != nil {
			t.Errorf("stopping the API server: %v", err)
		}
	})
	return server
}

// shared is the one server of a test binary, made by the first test that asks.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Shared returns the server that all tests of this test binary use. The
// package must have a TestMain that calls Main, which stops it.
func Shared(t testing.TB) *Server {
	t.Helper()

	shared.once.Do(func() { shared.server, shared.err = start() })
	require.NoError(t, shared.err)
	return shared.server
}

// Main runs the tests and stops the shared server. It returns the exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.server == nil {
		return code
	}
	if err := shared.server.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the API server:", err)
		return 1
	}
	return code
}

// Client returns a client with an administrator's rights.
func (s *Server) Client(t testing.TB, options client.Options) client.Client {
	t.Helper()

	c, err := client.New(s.Config, options)
	require.NoError(t, err)
	return c
}

// InstallCRDs adds the CRDs of these files or directories to a running server.
func (s *Server) InstallCRDs(t testing.TB, paths ...string) {
	t.Helper()

	_, err := envtest.InstallCRDs(s.Config, envtest.CRDInstallOptions{Paths: paths, ErrorIfPathMissing: true, MaxTime: patience})
	require.NoError(t, err)
}

// KubectlCache is where kubectl may keep what it knows of this server.
func (s *Server) KubectlCache() string {
	return filepath.Join(filepath.Dir(s.Env.ControlPlane.Etcd.DataDir), "kubectl")
}

// Kubectl runs the real kubectl as an administrator and returns what it
// printed, on both streams.
func (s *Server) Kubectl(t testing.TB, args ...string) (string, error) {
	t.Helper()

	user, err := s.Env.AddUser(envtest.User{Name: "person", Groups: []string{"system:masters"}}, nil)
	require.NoError(t, err)
	kubectl, err := user.Kubectl()
	require.NoError(t, err)
	// What it remembers of an API server it finds by the address, which may have been
	// another's before; and a person's preferences are for his own clusters.
	kubectl.Opts = append(kubectl.Opts, "--cache-dir="+s.KubectlCache())
	t.Setenv("KUBERC", "off")

	stdout, stderr, err := kubectl.Run(args...)
	var output bytes.Buffer
	for _, stream := range []io.Reader{stdout, stderr} {
		_, copyErr := io.Copy(&output, stream)
		require.NoError(t, copyErr)
	}
	return output.String(), err
}
