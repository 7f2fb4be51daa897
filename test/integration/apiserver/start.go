package apiserver

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"lanekeeper.io/test/integration/ports"
)

const (
	// patience is for what takes seconds where nothing else runs. It costs nothing
	// where that comes early.
	patience = 3 * time.Minute
	// tries at a start: envtest gives the first namespace five seconds, which cannot
	// be changed and is too little on a busy machine.
	tries = 3
)

func start(options ...Option) (*Server, error) {
	for try := 1; ; try++ {
		server, err := startOnce(options...)
		if err == nil || try == tries || !strings.Contains(err.Error(), "default namespace didn't register") {
			return server, err
		}
	}
}

func startOnce(options ...Option) (_ *Server, err error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	env := &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join(root, "manifests", "crd")},
		ErrorIfCRDPathMissing: true,
		CRDInstallOptions:     envtest.CRDInstallOptions{MaxTime: patience},
		// Whatever somebody's shell says: that may be a cluster which people use.
		UseExistingCluster:       new(false),
		ControlPlaneStartTimeout: patience,
		ControlPlaneStopTimeout:  patience,
	}
	dir, err := newFolder()
	if err != nil {
		return nil, err
	}
	claimed, releasePorts, err := ports.Claim(3)
	if err != nil {
		return nil, err
	}
	server := &Server{Env: env, release: func() {
		releasePorts()
		_ = os.RemoveAll(dir)
	}}
	defer func() {
		if err != nil {
			err = errors.Join(err, server.stop())
		}
	}()
	if err := useBinaries(env, filepath.Join(root, "bin"), dir); err != nil {
		return nil, err
	}
	if err := useFolder(env, dir); err != nil {
		return nil, err
	}
	usePorts(env, claimed)
	for _, option := range options {
		option(env)
	}
	said := &tail{}
	env.ControlPlane.Etcd.Err, env.ControlPlane.GetAPIServer().Err = said, said
	if server.Config, err = env.Start(); err != nil {
		return nil, fmt.Errorf("starting the API server: %w\n%s", err, said)
	}
	return server, nil
}

func (s *Server) stop() error {
	defer s.release()
	return s.Env.Stop()
}

// usePorts lets etcd and the API server listen where nobody else will.
func usePorts(env *envtest.Environment, claimed []int) {
	local := func(i int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(claimed[i])) }
	env.ControlPlane.Etcd.URL = &url.URL{Scheme: "http", Host: local(0)}
	env.ControlPlane.Etcd.Configure().Set("listen-peer-urls", "http://"+local(1))
	server := env.ControlPlane.GetAPIServer()
	server.Address, server.Port = "127.0.0.1", strconv.Itoa(claimed[2])
}

// tail keeps the end of what programs write.
type tail struct {
	mutex sync.Mutex
	text  []byte
}

const kept = 4 << 10

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - 2*kept; over > 0 {
		t.text = bytes.Clone(t.text[over+kept:])
	}
	return len(p), nil
}

// String is what was written last.
func (t *tail) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return string(t.text[max(0, len(t.text)-kept):])
}
