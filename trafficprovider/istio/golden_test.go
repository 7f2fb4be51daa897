package istio_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	flag.Parse()
	log.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

// wantMark separates a story from what it leads to (the txtar format).
const wantMark = "\n-- want --\n"

// TestStories plays every story under testdata. A file's name says what it
// shows; its first part is the story, its second what the Applier did, which
// `make golden` rewrites.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			_, want, _ := bytes.Cut(text, []byte(wantMark))
			got := tell(t, storyOf(t, filepath.Base(file)))
			if *update {
				head, _, _ := bytes.Cut(text, []byte(wantMark))
				require.NoError(t, os.WriteFile(file, slices.Concat(bytes.TrimRight(head, "\n"), []byte("\n"+wantMark[1:]), []byte(got)), 0o644))
				return
			}
			assert.Equal(t, string(want), got)
		})
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
