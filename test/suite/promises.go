package suite

import (
	"maps"
	"path"
	"slices"

	"lanekeeper.io/test/mutants"
)

// unshown are the promises, by number, of which no piece that runs once is known to show
// anything: none of the mutants that break them is seen by such a piece.
func unshown(pieces []Piece, all []mutants.Mutant) []int {
	once := map[string]bool{}
	for _, p := range pieces {
		once[path.Base(p.Name)] = p.Once
	}
	shown := map[int]bool{}
	for _, m := range all {
		// What needs no stack is run by the unit and integration tests.
		shown[m.Promise] = shown[m.Promise] || !m.Seen.OnStack() || once[path.Base(path.Join(m.Seen.Run...))]
	}
	maps.DeleteFunc(shown, func(_ int, is bool) bool { return is })
	return slices.Sorted(maps.Keys(shown))
}
