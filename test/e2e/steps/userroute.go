package steps

import (
	"context"
	"slices"
	"strings"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// foreignRoute is a user's own way in, which names no subset.
const foreignRoute = "test/e2e/manifests/foreign-route.yaml"

// AddForeignRoute lets a user have that way in until the end.
func AddForeignRoute() scenario.Step {
	return scenario.Step{What: "a user's route to mocka that names no subset", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "delete", "-f", foreignRoute, "--ignore-not-found")
			return err
		})
		_, err := p.Kubectl(ctx, "apply", "-f", foreignRoute)
		return err
	}}
}

// ForeignStreams take the user's route, one of them with a tag.
var ForeignStreams = []load.Stream{
	{Name: "foreign", Path: "/user", Rate: 60},
	{Name: "foreign tagged", Path: "/user", Tag: cluster.Lane, Rate: 60},
}

// ForeignEntry judges the streams of the user's route: at the entry they are
// like anybody untagged. The tag decides from there on, which the other streams
// show. Before the gateway knows the route it answers 404; that is not ours.
func ForeignEntry(p *scenario.Play, records []load.Record) []load.Record {
	var ours, entries []load.Record
	for _, r := range records {
		switch {
		case !strings.HasPrefix(r.Stream, "foreign"):
			ours = append(ours, r)
		case len(entries) == 0 && strings.HasPrefix(r.Err, "HTTP 404"):
		default:
			if len(r.Chain) > 0 {
				r.Chain, r.Tag = r.Chain[:1], ""
			}
			entries = append(entries, r)
		}
	}
	report := promise.Check(p.Timeline.Events(), entries, cluster.Chain[0])
	for _, v := range report.Violations {
		if v.Promise == promise.Whole {
			p.Lost(v.Record)
		}
	}
	if report.Misrouted > 0 || report.Sent == 0 {
		p.Problem("the user's route: %s", report)
	}
	tellUnserved(p, ForeignStreams, entries)
	return ours
}

// UserStreams go in by the user's route, with a tag and without.
var UserStreams = []load.Stream{
	{Name: "user", Path: "/user", Rate: 50},
	{Name: "user tagged", Path: "/user", Tag: cluster.Lane, Rate: 50},
}

// UserIsServed judges that of those who came in by the user's own route none was lost,
// whatever is removed, and that each stream was served.
func UserIsServed(p *scenario.Play, records []load.Record) []load.Record {
	judged := sinceRouted(records)
	for _, r := range judged {
		if byUser(r) && r.Err != "" {
			p.Lost(r)
		}
	}
	tellUnserved(p, UserStreams, judged)
	return judged
}

// sinceRouted leaves out what the user's streams were answered before the gateway knew
// that route, which is 404. It is one proxy: once a stream was served, so are the others.
func sinceRouted(records []load.Record) []load.Record {
	var since time.Time
	served := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(records), func(r load.Record) bool {
		if !byUser(r) {
			return false
		}
		if r.Err == "" && since.IsZero() {
			since = r.End.Add(knownWithin)
		}
		served[r.Stream] = served[r.Stream] || r.Err == ""
		early := since.IsZero() || r.Start.Before(since)
		return early && !served[r.Stream] && strings.HasPrefix(r.Err, "HTTP 404")
	})
}

func byUser(r load.Record) bool { return strings.HasPrefix(r.Stream, "user") }

// tellUnserved notes each stream of a user's route that was never served: whether its
// requests are lost for a removal then, nobody has seen.
func tellUnserved(p *scenario.Play, streams []load.Stream, records []load.Record) {
	for _, name := range unserved(streams, records) {
		p.Problem("no request of stream %q was served by the user's own route", name)
	}
}

// unserved are the streams of which no request was answered.
func unserved(streams []load.Stream, records []load.Record) []string {
	var names []string
	for _, s := range streams {
		if !slices.ContainsFunc(records, func(r load.Record) bool { return r.Stream == s.Name && r.Err == "" }) {
			names = append(names, s.Name)
		}
	}
	return names
}
