package mutants

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/builder"
)

// TestMutantsAreWrongInThisTree: each replaces what stands in the product today.
// One that does not would be the product itself, and nobody could see it.
func TestMutantsAreWrongInThisTree(t *testing.T) {
	root, err := builder.FindRoot()
	require.NoError(t, err)
	for _, m := range All() {
		t.Run(m.Name, func(t *testing.T) {
			require.NotEmpty(t, m.Edits)
			files, err := m.Files(root)
			require.NoError(t, err)
			for name, mutated := range files {
				is, err := os.ReadFile(filepath.Join(root, name))
				require.NoError(t, err)
				assert.NotEqual(t, string(is), mutated)
			}
		})
	}
}

func TestMutantsSayWhatTheyAre(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9][-a-z0-9]{0,29}$`) // part of a stack's name
	seen := map[string]bool{}
	for _, m := range All() {
		assert.Regexp(t, name, m.Name)
		assert.False(t, seen[m.Name], "two mutants are named %s: rename one", m.Name)
		seen[m.Name] = true
		assert.NotEmpty(t, m.Wrong, m.Name)
		assert.NotEmpty(t, m.Seen.Words, m.Name)
	}
}

// TestWhatMustSeeMutantsIsThere: of a test, a scenario or a part that has got
// another name nothing would be run, and that is green.
func TestWhatMustSeeMutantsIsThere(t *testing.T) {
	for _, m := range All() {
		top, parts := m.Seen.Run[0], m.Seen.Run[1:]
		assert.True(t, inTests(t, m.Seen.Package, `func `+top+`\(`),
			"mutant %s must be seen by %s of %s, which is not there: name the test that sees it now", m.Name, top, m.Seen.Package)
		for _, part := range parts {
			named := inTests(t, m.Seen.Package, fmt.Sprintf(`\b([nN]ame: +|t\.Run\()%q`, part))
			_, missing := os.Stat(filepath.Join("..", "..", m.Seen.Package, "testdata", part+".txt")) // a sequence of the model
			assert.True(t, named || missing == nil,
				"mutant %s must be seen by %q of %s, which is not there: name what sees it now", m.Name, part, top)
		}
	}
}

// inTests says whether a test file of a package has a line like this.
func inTests(t *testing.T, pkg, pattern string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", pkg, "*_test.go"))
	require.NoError(t, err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		if regexp.MustCompile(pattern).Match(text) {
			return true
		}
	}
	return false
}

// TestMutantsAreOfEveryKind: enough of them, of every promise, and most under load.
func TestMutantsAreOfEveryKind(t *testing.T) {
	promises, onStack := map[int]int{}, 0
	for _, m := range All() {
		promises[m.Promise]++
		if m.Seen.OnStack() {
			onStack++
		}
	}
	for promise := 1; promise <= 5; promise++ {
		assert.Positive(t, promises[promise], "no mutant breaks promise %d of docs/design.md: make one", promise)
	}
	assert.Len(t, promises, 5, "docs/design.md has five promises")
	assert.GreaterOrEqual(t, len(All()), 14, "mutants")
	assert.GreaterOrEqual(t, onStack, 9, "mutants that a scenario under load sees")
}
