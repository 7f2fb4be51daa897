package suite

import (
	"hash/fnv"
	"slices"
	"time"
)

// Piece is what is run, and passes or fails, as one.
type Piece struct {
	// Name is Group alone, or Group/what for one of many.
	Name  string
	Group *Group
	// Once: it is one of those that together show every promise once.
	Once bool
}

// Group is pieces that one command runs.
type Group struct {
	Name string
	// Estimate of a piece, on two cores with nothing else to do: whether it is begun
	// before a time is over is decided by it.
	Estimate time.Duration
	// Batch is how many pieces one command may run: a stack is started once for all
	// of them. 0: the group is one piece.
	Batch int
	// Limit after which a command hangs.
	Limit time.Duration
	// Test of the Package, a folder of module test, whose subtests the pieces are;
	// empty for the make target test-<Name>.
	Package, Test string
}

// Order puts the pieces into the order in which they are run. Those that show every
// promise come first. The others begin at a place that the commit chooses.
func Order(pieces []Piece, commit string) []Piece {
	var first, rest []Piece
	for _, p := range pieces {
		if p.Once {
			first = append(first, p)
		} else {
			rest = append(rest, p)
		}
	}
	if len(rest) == 0 {
		return first
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(commit)) // it cannot fail
	begin := int(hash.Sum32()) % len(rest)
	return slices.Concat(first, rest[begin:], rest[:begin])
}

// Next takes what one command runs from the front of the pieces, as much as fits
// into the time. Nothing is returned when not even the first piece does.
func Next(pieces []Piece, left time.Duration, stacks int) (batch, others []Piece) {
	if len(pieces) == 0 {
		return nil, nil
	}
	group := pieces[0].Group
	size := max(1, group.Batch*stacks)
	for _, p := range pieces {
		need := time.Duration((len(batch)+stacks)/stacks) * group.Estimate
		if p.Group == group && len(batch) < size && need <= left {
			batch = append(batch, p)
		} else {
			others = append(others, p)
		}
	}
	return batch, others
}
