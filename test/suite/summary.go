package suite

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Summarize writes what was run, with minutes per group, what was told, what failed, and
// what is still to be run.
func Summarize(out io.Writer, record *Record, all []Piece, told []string) {
	fmt.Fprintf(out, "\n=== commit %.12s\n", record.Commit)
	var failed, flaky, left []string
	for _, g := range groupsOf(all) {
		passed, run, total, took := 0, 0, 0, time.Duration(0)
		for _, p := range all {
			if p.Group != g {
				continue
			}
			total++
			result, known := record.Results[p.Name]
			switch {
			case !known:
				left = append(left, p.Name)
				continue
			case result.Passed:
				passed++
				if result.Failed > 0 {
					flaky = append(flaky, p.Name)
				}
			default:
				failed = append(failed, p.Name)
			}
			run++
			took += result.Took
		}
		fmt.Fprintf(out, "  %-12s %3d of %3d run, %3d passed, %5.1f minutes\n", g.Name, run, total, passed, took.Minutes())
	}
	for _, line := range told {
		fmt.Fprintln(out, line)
	}
	if len(failed) > 0 {
		fmt.Fprintf(out, "failed: %s\n", strings.Join(failed, " "))
	}
	if len(flaky) > 0 {
		fmt.Fprintf(out, "passed, and had failed before on this commit: %s\n", strings.Join(flaky, " "))
	}
	if len(left) > 0 {
		fmt.Fprintf(out, "still to be run on this commit (make test-all): %s\n", strings.Join(left, " "))
	} else if len(failed) == 0 {
		fmt.Fprintln(out, "everything has passed on this commit")
	}
}

func groupsOf(pieces []Piece) []*Group {
	var groups []*Group
	known := map[*Group]bool{}
	for _, p := range pieces {
		if !known[p.Group] {
			known[p.Group] = true
			groups = append(groups, p.Group)
		}
	}
	return groups
}
