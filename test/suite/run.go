package suite

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// Runner runs pieces.
type Runner struct {
	Root   string    // of the repository
	Out    io.Writer // for a person to follow
	Stacks int       // side by side, where pieces need one
	Record *Record
	// Changed reports whether the tree is no longer what the commit says: then nothing
	// is kept any more. Nil: it never is.
	Changed func() bool
	// Told are the lines that have to be read at the end.
	Told []string
}

// Run runs the pieces in their order until the deadline, and returns an error when
// one failed. A piece that would not end before the deadline is not begun. No
// deadline is the zero time.
func (r *Runner) Run(ctx context.Context, pieces []Piece, deadline time.Time) error {
	failed, begun := 0, 0
	for ctx.Err() == nil {
		left := 24 * time.Hour
		if !deadline.IsZero() {
			left = time.Until(deadline)
		}
		var batch []Piece
		if batch, pieces = Next(pieces, left, r.Stacks); len(batch) == 0 {
			// Another group's may still fit.
			if pieces = skipGroup(pieces); len(pieces) == 0 {
				break
			}
			continue
		}
		begun++
		results, err := r.runBatch(ctx, batch)
		if err != nil {
			return err
		}
		if r.Record.file != "" && r.Changed != nil && r.Changed() {
			fmt.Fprintln(r.Out, "the tree has changed meanwhile: what passes now is not kept for the commit")
			r.Record.file = ""
		}
		for _, p := range batch {
			if ctx.Err() != nil && !results[p.Name].Passed {
				continue // it was interrupted
			}
			if !results[p.Name].Passed {
				failed++
			}
			if err := r.Record.Set(p.Name, results[p.Name]); err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if begun == 0 && !deadline.IsZero() {
		fmt.Fprintln(r.Out, "nothing fits into the time that was given")
	}
	if failed > 0 {
		return fmt.Errorf("%d pieces failed", failed)
	}
	return nil
}

// skipGroup leaves out the group that is first.
func skipGroup(pieces []Piece) []Piece {
	if len(pieces) == 0 {
		return nil
	}
	var others []Piece
	for _, p := range pieces {
		if p.Group != pieces[0].Group {
			others = append(others, p)
		}
	}
	return others
}

// runBatch runs one command. A piece that it says nothing about has failed.
func (r *Runner) runBatch(ctx context.Context, batch []Piece) (map[string]Result, error) {
	group := batch[0].Group
	if group.Test != "" {
		if err := build(ctx, r.Root, group); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, group.Limit+5*time.Minute, fmt.Errorf("%s hangs", group.Name))
	defer cancel()
	cmd := command(ctx, r.Root, batch, r.Stacks)
	fmt.Fprintf(r.Out, "\n=== %s: %s\n", group.Name, strings.Join(cmd.Args, " "))
	out := newOutput(r.Out)
	cmd.Stdout, cmd.Stderr = out, out
	begun := time.Now()
	// The parent-death signal is sent when the thread ends that started the child.
	runtime.LockOSThread()
	failure := cmd.Run()
	runtime.UnlockOSThread()
	r.Told = append(r.Told, out.told...)
	if group.Test == "" {
		return map[string]Result{group.Name: {Passed: failure == nil, Took: time.Since(begun)}}, nil
	}
	if failure != nil {
		fmt.Fprintf(r.Out, "%s: %v\n", group.Name, failure)
	}
	return group.results(batch, out.ended, failure == nil), nil
}

// results are those of the pieces, by their names.
func (g *Group) results(batch []Piece, ended map[string]Result, succeeded bool) map[string]Result {
	results := map[string]Result{}
	allPassed := true
	for _, p := range batch {
		results[p.Name] = ended[g.Test+strings.TrimPrefix(p.Name, g.Name)]
		allPassed = allPassed && results[p.Name].Passed
	}
	if allPassed && !succeeded {
		// Such as a stack that did not end: nobody's alone.
		for _, p := range batch {
			results[p.Name] = Result{Took: results[p.Name].Took}
		}
	}
	return results
}

// Folder for the records, below the repository.
const Folder = "dist/suite"

// Prepare makes the folders that pieces write into.
func (r *Runner) Prepare() error { return os.MkdirAll(r.Root+"/dist/e2e", 0o755) }
