package proof

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/load"
	"lanekeeper.io/test/stack"
)

// patience is for whatever comes by itself. It is many times what that takes: no
// machine is too busy for it, and nobody waits where it comes early.
const patience = 3 * time.Minute

// ownName is a stack's name that other checkouts do not give.
func ownName(t *testing.T, what string) string {
	t.Helper()
	name, err := stack.OwnName(what)
	require.NoError(t, err)
	return name
}

// start starts a stack that ends with the test.
func start(t *testing.T, what string) *stack.Stack {
	t.Helper()
	s, err := stack.Start(t.Context(), stack.Options{Name: ownName(t, what), Log: t.Output()})
	require.NoError(t, err)
	t.Cleanup(func() {
		// A stack that was killed on purpose has no story to tell.
		if _, err := s.Status(); t.Failed() && err == nil {
			keepLogs(t, s)
		}
		require.NoError(t, s.Stop())
	})
	return s
}

// keepLogs saves a failed test's logs from the end of their stack.
func keepLogs(t *testing.T, s *stack.Stack) {
	kept, err := os.MkdirTemp("", "lanekeeper-"+s.Name()+"-logs-") //nolint:usetesting // it outlives the test
	require.NoError(t, err)
	for _, part := range []string{"logs", "pods"} {
		// Only what tells a story; keys and tokens go with the stack.
		files, _ := filepath.Glob(filepath.Join(s.Dir(), part, "*.log"))
		deeper, _ := filepath.Glob(filepath.Join(s.Dir(), part, "*", "*.log"))
		for _, f := range append(files, deeper...) {
			content, err := os.ReadFile(f)
			require.NoError(t, err)
			flat := strings.ReplaceAll(strings.TrimPrefix(f, s.Dir()+"/"), "/", "_")
			require.NoError(t, os.WriteFile(filepath.Join(kept, flat), content, 0o644))
		}
	}
	t.Logf("the logs of the stack are in %s", kept)
}

// kubectl runs the real kubectl in the stack and returns what it prints.
func kubectl(t *testing.T, s *stack.Stack, args ...string) string {
	t.Helper()
	out, err := s.Command(t.Context(), "kubectl", args...).CombinedOutput()
	require.NoError(t, err, "kubectl %s: %s", strings.Join(args, " "), out)
	return string(out)
}

// apply applies YAML from a string.
func apply(t *testing.T, s *stack.Stack, yaml string) {
	t.Helper()
	cmd := s.Command(t.Context(), "kubectl", "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(yaml)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "kubectl apply: %s", out)
}

// applySamples applies files of the first scenario as they stand.
func applySamples(t *testing.T, s *stack.Stack, files ...string) {
	t.Helper()
	root, err := builder.FindRoot()
	require.NoError(t, err)
	for _, f := range files {
		kubectl(t, s, "apply", "-f", filepath.Join(root, "manifests", "samples", "full-chain", f))
	}
}

// through is the way into the mesh.
func through(t *testing.T, s *stack.Stack) load.Config {
	t.Helper()
	url, err := s.GatewayURL(t.Context())
	require.NoError(t, err)
	return load.Config{URL: url, Dial: s.Dial}
}

// chain sends one request and returns whom it met.
func chain(way load.Config, stream load.Stream) string {
	r := load.Once(way, stream)
	if r.Err != "" {
		return r.Err
	}
	return r.Chain.String()
}

// eventually waits for a chain.
func eventually(t *testing.T, way load.Config, stream load.Stream, want string) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		assert.Equal(t, want, chain(way, stream))
	}, patience, 100*time.Millisecond, "%s requests", stream.Name)
}
