package builder

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"lanekeeper.io/test/precondition"
)

// What the first build of everything wrote, in MB, rounded up. Of parts that are
// there already nothing is written again.
const (
	binSpace    = 900  // the parts
	linkSpace   = 3300 // what is linked at the time
	cacheSpace  = 6500 // compiled packages
	moduleSpace = 2100 // sources
	// memory of compilers and linkers, of foreign parts and of our own.
	foreignMemory = 3000
	ownMemory     = 1000
)

// Needs says what the build of the named parts, or of all, will take.
func Needs(ctx context.Context, o Options, names ...string) (precondition.Needs, error) {
	chosen, err := choose(names)
	if err != nil {
		return precondition.Needs{}, err
	}
	w, err := newWorkshop(o)
	if err != nil {
		return precondition.Needs{}, err
	}
	return w.needs(ctx, chosen)
}

func (w *workshop) needs(ctx context.Context, chosen []part) (precondition.Needs, error) {
	n := precondition.Needs{Installed: true}
	foreign, outdated, linked := 0, 0, false
	for _, p := range parts() {
		if len(p.pins) == 0 {
			continue
		}
		wanted := slices.ContainsFunc(chosen, func(c part) bool { return c.name == p.name })
		if !p.apart || wanted {
			foreign++
		}
		if !wanted {
			continue
		}
		stamp, err := w.stampOf(p)
		if err != nil {
			return n, err
		}
		if !w.upToDate(p, stamp) {
			outdated++
			linked = linked || p.compiled
			n.Programs = append(n.Programs, p.builtWith...)
		}
	}
	for _, p := range chosen {
		if p.compiled {
			n.Module, n.Memory = filepath.Join(w.root, "test"), ownMemory
		}
		n.Programs = append(n.Programs, p.runWith...)
	}
	if outdated == 0 {
		return n, nil
	}
	cache, modules, err := w.goFolders(ctx)
	if err != nil {
		return n, nil // the check will say what is wrong with Go
	}
	for _, s := range []precondition.Space{
		{Path: w.bin, MB: binSpace, For: "the parts"},
		{Path: cache, MB: cacheSpace, For: "Go's build cache"},
		{Path: modules, MB: moduleSpace, For: "sources of Go modules"},
	} {
		s.MB = s.MB * outdated / foreign
		n.Space = append(n.Space, s)
	}
	if linked {
		n.Memory = foreignMemory
		n.Space = append(n.Space, precondition.Space{Path: w.bin, MB: linkSpace, For: "the linker"})
	}
	return n, nil
}

// goFolders are where Go keeps what it has compiled and downloaded.
func (w *workshop) goFolders(ctx context.Context) (cache, modules string, err error) {
	out, err := w.run(ctx, ".", "go", "env", "GOCACHE", "GOMODCACHE")
	cache, modules, _ = strings.Cut(strings.TrimSpace(string(out)), "\n")
	return filepath.Clean(cache), filepath.Clean(modules), err
}
