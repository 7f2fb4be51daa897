package proof

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/stack"
)

// written is how a golden file of the product tells of an object: its kind and name,
// and then, indented, its metadata as far as they change, and its spec.
var written = regexp.MustCompile(`(?m)^-> (?:create|update) (VirtualService|DestinationRule) (\S+):.*\n(?:  metadata:\n(?:    .*\n)+)?(  spec:\n(?:    .*\n)+)`)

// istioTakesWhatWeWrite asks istiod about every object that the product writes in its
// golden files: what istiod refuses would never reach a proxy.
func istioTakesWhatWeWrite(t *testing.T, s *stack.Stack) {
	t.Helper()
	root, err := builder.FindRoot()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(root, "trafficprovider", "istio", "testdata", "*.txtar"))
	require.NoError(t, err)
	asked := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range written.FindAllStringSubmatch(string(content), -1) {
			object := fmt.Sprintf("apiVersion: networking.istio.io/v1\nkind: %s\nmetadata: {name: golden}\n%s", m[1], dedent(m[3]))
			if asked[object] {
				continue
			}
			asked[object] = true
			cmd := s.Command(t.Context(), "kubectl", "create", "--dry-run=server", "-o", "name", "-f", "-")
			cmd.Stdin = strings.NewReader(object)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %s %s: %s", filepath.Base(file), m[1], m[2], out)
			}
		}
	}
	require.Greater(t, len(asked), 30, "the golden files are not read any more")
}

func dedent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimPrefix(line, "  "))
	}
	return b.String()
}
