package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// Clients of other namespaces, and what objects of others do to them. The group's
// condition says what; here it is seen by requests.

// ElsewhereStreams come from a client in namespace shop.
var ElsewhereStreams = []load.Stream{
	{Name: "elsewhere", Path: "/shop", Rate: 10},
	{Name: "elsewhere tagged", Path: "/shop", Tag: cluster.Lane, Rate: 10},
}

// ElsewhereFollowsLanes waits until the client's requests meet the lanes, as the chain's do.
func ElsewhereFollowsLanes() scenario.Step { return elsewhereMeet(met{"follow lanes", stable, gray}) }

// ElsewhereMissesLanes waits until they meet the baseline, whatever their tag.
func ElsewhereMissesLanes() scenario.Step {
	return elsewhereMeet(met{"meet the baseline", stable, stable})
}

// ElsewhereIsRefused waits until they are lost.
func ElsewhereIsRefused() scenario.Step {
	return elsewhereMeet(met{"are answered 503", unavailable, unavailable})
}

// ElsewhereGoesTo waits until they go where objects of others send them.
func ElsewhereGoesTo(service string) scenario.Step {
	return elsewhereMeet(met{"go another way", hop(service), hop(service)})
}

// met is what the client's requests meet.
type met struct {
	what             string
	untagged, tagged func(*scenario.Play, load.Record) bool
}

// inARow is how many requests of each stream in a row have to meet it: those of
// one settle.
const inARow = 20

func elsewhereMeet(want met) scenario.Step {
	what := "requests of another namespace " + want.what
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error {
		from := time.Now()
		return cluster.Await(ctx, what, time.Minute, func(context.Context) (string, error) {
			row, other := map[string]int{}, "none yet"
			for _, r := range p.Records() {
				holds := want.untagged
				if r.Tag != "" {
					holds = want.tagged
				}
				switch {
				case !isElsewhere(r) || r.Start.Before(from):
				case holds(p, r):
					row[r.Stream]++
				default:
					row[r.Stream], other = 0, fmt.Sprintf("%s met %s %s", r.Stream, r.Chain, r.Err)
				}
			}
			for _, s := range ElsewhereStreams {
				if row[s.Name] < inARow {
					return other, nil
				}
			}
			return "", nil
		})
	}}
}

func stable(p *scenario.Play, r load.Record) bool {
	h, ok := r.Chain.Hop("mockb")
	return ok && h.Version != p.Newest["mockb"].String()
}

func gray(p *scenario.Play, r load.Record) bool {
	h, ok := r.Chain.Hop("mockb")
	return ok && h.Version == p.Newest["mockb"].String()
}

func unavailable(_ *scenario.Play, r load.Record) bool { return strings.Contains(r.Err, "503") }

// hop: the client's own request is answered by that service.
func hop(service string) func(*scenario.Play, load.Record) bool {
	return func(_ *scenario.Play, r load.Record) bool { return len(r.Chain) == 2 && r.Chain[1].App == service }
}

func isElsewhere(r load.Record) bool { return strings.HasPrefix(r.Stream, "elsewhere") }

// NotElsewhere keeps the requests that the promises are for.
func NotElsewhere(_ *scenario.Play, records []load.Record) []load.Record {
	return slices.DeleteFunc(records, isElsewhere)
}
