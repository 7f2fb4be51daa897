// Package docs holds the documents to the tree that they speak of.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var goFile = regexp.MustCompile("`([a-zA-Z0-9_/]+\\.go)`")

// TestDocumentsNameFilesThatExist: a path is written from the root, or a name alone where
// the folder stands beside it.
func TestDocumentsNameFilesThatExist(t *testing.T) {
	var files []string
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "bin" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			files = append(files, filepath.ToSlash(path[len(".."):]))
		}
		return err
	}))
	documents, err := filepath.Glob("*.md")
	require.NoError(t, err)
	for _, name := range append(documents, "../AGENTS.md", "../README.md", "../CONTRIBUTING.md") {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, found := range goFile.FindAllStringSubmatch(string(text), -1) {
			assert.True(t, exists(files, found[1]), "%s names %s", name, found[1])
		}
	}
}

func exists(files []string, name string) bool {
	for _, f := range files {
		if f == "/"+name || !strings.Contains(name, "/") && strings.HasSuffix(f, "/"+name) {
			return true
		}
	}
	return false
}
