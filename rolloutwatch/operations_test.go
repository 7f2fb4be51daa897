package rolloutwatch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// Whoever meets a word of ours finds it in docs/operations.md.
func TestOperationsNameEveryReasonEventAndAlert(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	words := reasons(t)
	require.Contains(t, words, "Settling")
	words = append(words, eventJoinedLane, eventLeftLane, eventPromoted, eventRolledBack)
	words = append(words, alerts(t)...)
	unnamed := slices.DeleteFunc(words, func(word string) bool { return strings.Contains(string(text), "`"+word+"`") })
	assert.Empty(t, unnamed, "docs/operations.md does not name them")
}

// reasons are the values of the constants Reason… of the API.
func reasons(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../api/v1/conditions.go", nil, 0)
	require.NoError(t, err)
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		out = append(out, value)
		return false
	})
	return out
}

func alerts(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../manifests/monitoring/rules.yaml")
	require.NoError(t, err)
	var rule struct {
		Spec struct {
			Groups []struct{ Rules []struct{ Alert string } }
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &rule))
	var out []string
	for _, group := range rule.Spec.Groups {
		for _, r := range group.Rules {
			out = append(out, r.Alert)
		}
	}
	require.NotEmpty(t, out)
	return out
}
