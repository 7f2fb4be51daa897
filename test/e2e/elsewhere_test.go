package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// Clients of other namespaces, and what objects of others do to them. The group's
// condition says what; here it is seen by requests.

const elsewhere = "test/e2e/manifests/elsewhere/"

var elsewhereStreams = []load.Stream{
	{Name: "elsewhere", Path: "/shop", Rate: 10},
	{Name: "elsewhere tagged", Path: "/shop", Tag: cluster.Lane, Rate: 10},
}

// met is what the client's requests meet.
type met struct {
	what             string
	untagged, tagged func(*scenario.Play, load.Record) bool
}

var (
	lanesHold = met{"follow lanes", stable, gray}
	nobody    = met{"are answered 503", unavailable, unavailable}
	theirWay  = met{"go another way", hop("mockc"), hop("mockc")}
)

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

func clientsElsewhere() []scenario.Step {
	steps := []scenario.Step{
		apply(elsewhere + "client.yaml"),
		publish("mockb"), inLane("mockb"),
		elsewhereMeet(lanesHold),
	}
	for _, theirs := range []struct {
		file, object, effect string
		status               string
		met                  met
	}{
		{foreignClient, "DestinationRule shop/users-mtls", "a route to a lane's subset is answered 503", "False", nobody},
		{elsewhere + "selected-rule.yaml", "DestinationRule shop/users-selected", "a route to a lane's subset is answered 503", "False", nobody},
		{elsewhere + "shown-rule.yaml", "DestinationRule default/users-shown", "may take the place of ours for those who see it", "False", nobody},
		{elsewhere + "own-routes.yaml", "VirtualService shop/users-own", "they do not follow lanes to the service", "False", theirWay},
		{elsewhere + "wide-routes.yaml", "VirtualService shop/users-wide", "gives way to ours", "True", lanesHold},
	} {
		steps = append(steps,
			apply(theirs.file),
			groupSays(theirs.object, lanev1.ConditionReady, theirs.status, theirs.object, theirs.effect),
			elsewhereMeet(theirs.met),
			takeAway(theirs.file),
			groupSays("nothing of others any more", lanev1.ConditionReady, "True"),
			elsewhereMeet(lanesHold))
	}
	return append(steps, approve("mockb"), rest())
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
			for _, s := range elsewhereStreams {
				if row[s.Name] < inARow {
					return other, nil
				}
			}
			return "", nil
		})
	}}
}

func isElsewhere(r load.Record) bool { return strings.HasPrefix(r.Stream, "elsewhere") }

// notElsewhere keeps the requests that the promises are for.
func notElsewhere(_ *scenario.Play, records []load.Record) []load.Record {
	return slices.DeleteFunc(records, isElsewhere)
}
