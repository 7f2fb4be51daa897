package steps

import (
	"context"
	"strings"

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
	return ours
}

// UserStreams go in by the user's route, with a tag and without.
var UserStreams = []load.Stream{
	{Name: "user", Path: "/user", Rate: 50},
	{Name: "user tagged", Path: "/user", Tag: cluster.Lane, Rate: 50},
}

// UserIsServed judges that of those who came in by the user's own route none was lost,
// whatever is removed. Before the gateway knows that route it answers 404.
func UserIsServed(p *scenario.Play, records []load.Record) []load.Record {
	known, sent := map[string]bool{}, 0
	var judged []load.Record
	for _, r := range records {
		if strings.HasPrefix(r.Stream, "user") {
			known[r.Stream] = known[r.Stream] || r.Err == ""
			if !known[r.Stream] && strings.HasPrefix(r.Err, "HTTP 404") {
				continue
			}
			sent++
			if r.Err != "" {
				p.Lost(r)
			}
		}
		judged = append(judged, r)
	}
	if sent == 0 {
		p.Problem("no request was sent by the user's own route")
	}
	return judged
}
