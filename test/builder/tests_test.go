package builder

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTestsAreBuiltWithoutAWorkspace(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":       "module x\n",
		"x_test.go":    "package x\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) { t.Fatal(\"as it is\") }\n",
		"other.go":     "package x\n\nimport \"testing\"\n\nfunc TestX(*testing.T) {}\n",
		"overlay.json": `{"Replace": {"` + filepath.Join(folder, "x_test.go") + `": "` + filepath.Join(folder, "other.go") + `", "` + filepath.Join(folder, "other.go") + `": ""}}`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	t.Setenv("GOWORK", filepath.Join(folder, "no.work"))
	program := filepath.Join(folder, "x.test")

	require.NoError(t, Tests(t.Context(), folder, filepath.Join(folder, "overlay.json"), program))
	require.NoError(t, exec.Command(program).Run(), "the overlay counts")

	require.NoError(t, os.Remove(filepath.Join(folder, "other.go")))
	require.NoError(t, Tests(t.Context(), folder, "", program))
	require.Error(t, exec.Command(program).Run(), "without it the test is as it is")

	require.NoError(t, os.WriteFile(filepath.Join(folder, "x_test.go"), []byte("no Go"), 0o600))
	assert.ErrorContains(t, Tests(t.Context(), folder, "", program), "x_test.go:1:1")
}
