package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

func heading(text string) { fmt.Printf("\n── %s\n", text) }

func say(text string) { fmt.Println("\n" + text) }

// shown prints a command as a person would type it, runs it, and prints its
// answer.
func shown(cmd *exec.Cmd) (string, error) {
	typed := cmd.Args
	if i := slices.Index(typed, "--"); i >= 0 {
		typed = typed[i+1:] // what follows `stack exec --`
	}
	fmt.Printf("\n$ %s\n", strings.Join(typed, " "))
	out, err := cmd.CombinedOutput()
	os.Stdout.Write(out)
	return string(out), err
}

// look sends one request of each kind and prints what it met.
func (s *story) look(context.Context) error {
	fmt.Println()
	for _, stream := range []load.Stream{load.Untagged(), load.Tagged(cluster.Lane)} {
		header := ""
		if stream.Tag != "" {
			header = fmt.Sprintf("  %s: %s", load.TagHeader, stream.Tag)
		}
		r := load.Once(s.target, stream)
		fmt.Printf("GET /mock%-28s → %s\n", header, chainOf(r))
	}
	return nil
}

func chainOf(r load.Record) string {
	if r.Err != "" {
		return r.Err
	}
	var hops []string
	for _, h := range r.Chain {
		hops = append(hops, fmt.Sprintf("%s %s", h.App, h.Version))
	}
	return strings.Join(hops, " → ")
}

func lanes(c *cluster.Cluster) act {
	return func(ctx context.Context) error {
		_, err := c.Kubectl(ctx, "get", "asmswimlane")
		return err
	}
}

// rule prints what Lanekeeper generated for a service.
func (s *story) rule(service string) act {
	return func(ctx context.Context) error {
		_, err := s.Kubectl(ctx, "get", "destinationrule", ruleOf(service), "-n", cluster.Namespace, "-o", "yaml")
		return err
	}
}

func (s *story) subsets(service string) act {
	return func(ctx context.Context) error {
		_, err := s.Kubectl(ctx, "get", "destinationrule", ruleOf(service), "-n", cluster.Namespace,
			"-o", "custom-columns=RULE:.metadata.name,SUBSETS:.spec.subsets[*].name")
		return err
	}
}

func ruleOf(service string) string {
	return "trafficlabel-dr-" + cluster.Group + "-" + cluster.Namespace + "-" + service
}

// verdict prints what became of the requests, and fails when a promise was
// broken.
func verdict(events []timeline.Event, records []load.Record) error {
	heading("What became of the requests")
	report := promise.CheckSettled(settle, events, records, cluster.Chain...)
	table := newTable()
	for _, stream := range []string{"tagged", "untagged", ""} {
		mine := slices.DeleteFunc(slices.Clone(records), func(r load.Record) bool { return stream != "" && r.Stream != stream })
		summary, misrouted := load.Summarize(mine), 0
		lost := 0
		for _, v := range report.Violations {
			switch {
			case stream != "" && v.Record.Stream != stream:
			case v.Promise == promise.Whole:
				lost++
			default:
				misrouted++
			}
		}
		name := stream
		if name == "" {
			name = "all"
		}
		table.row(name, summary, lost, misrouted)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(report.Violations) > 0 {
		return fmt.Errorf("promises were broken: %s", report)
	}
	return nil
}

// table is that of what became of the requests.
type table struct{ *tabwriter.Writer }

func newTable() table {
	t := table{tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)}
	fmt.Fprintln(t, "requests\tsent\tlost\tmisrouted\tmedian\tp99\t")
	return t
}

func (t table) row(name string, s load.Summary, lost, misrouted int) {
	fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%dms\t%dms\t\n", name, s.Sent, lost, misrouted, s.P50.Milliseconds(), s.P99.Milliseconds())
}
