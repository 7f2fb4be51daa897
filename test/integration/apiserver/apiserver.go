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
	"errors"
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
		if err := server.Env.Stop(); err != nil {
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
	if err := shared.server.Env.Stop(); err != nil {
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

	_, err := envtest.InstallCRDs(s.Config, envtest.CRDInstallOptions{Paths: paths, ErrorIfPathMissing: true})
	require.NoError(t, err)
}

// Kubectl runs the real kubectl as an administrator and returns what it
// printed, on both streams.
func (s *Server) Kubectl(t testing.TB, args ...string) (string, error) {
	t.Helper()

	user, err := s.Env.AddUser(envtest.User{Name: "person", Groups: []string{"system:masters"}}, nil)
	require.NoError(t, err)
	kubectl, err := user.Kubectl()
	require.NoError(t, err)

	stdout, stderr, err := kubectl.Run(args...)
	var output bytes.Buffer
	for _, stream := range []io.Reader{stdout, stderr} {
		_, copyErr := io.Copy(&output, stream)
		require.NoError(t, copyErr)
	}
	return output.String(), err
}

func start(options ...Option) (*Server, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	env := &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join(root, "manifests", "crd")},
		ErrorIfCRDPathMissing: true,
	}
	if err := useBinaries(env, filepath.Join(root, "bin")); err != nil {
		return nil, err
	}
	for _, option := range options {
		option(env)
	}

	config, err := env.Start()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the API server: %w", err), env.Stop())
	}
	return &Server{Config: config, Env: env}, nil
}
