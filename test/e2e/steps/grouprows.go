package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// What a group says of each of its services, in the rows of its status.

// row is what a service's row has to say: the reason, and a message with these words.
// A row without a reason says that all is well.
type row struct{ reason, words string }

// awaitRow waits until the group has a row of the service that says so.
func awaitRow(ctx context.Context, p *scenario.Play, service string, want row) error {
	what := fmt.Sprintf("the row of %s to say %q %q", service, want.reason, want.words)
	return cluster.Await(ctx, what, time.Minute, func(ctx context.Context) (string, error) {
		g, err := groupNamed(ctx, p, cluster.Group)
		if err != nil {
			return "", err
		}
		return rowOtherwise(g, service, want), nil
	})
}

// awaitRows waits until a group has these rows, by service, and no others.
func awaitRows(ctx context.Context, p *scenario.Play, group string, want map[string]row) error {
	return cluster.Await(ctx, "the rows of group "+group, time.Minute, func(ctx context.Context) (string, error) {
		g, err := groupNamed(ctx, p, group)
		if err != nil {
			return "", err
		}
		return rowsOtherwise(g, want), nil
	})
}

// ofChain is the same row for every service of the chain.
func ofChain(says row) map[string]row {
	rows := map[string]row{}
	for _, s := range cluster.Chain {
		rows[s] = says
	}
	return rows
}

// rowsOtherwise says what is not as wanted in the group's rows; empty if nothing is.
func rowsOtherwise(g *lanev1.ASMSwimLaneGroup, want map[string]row) string {
	if have := len(g.Status.Services); have != len(want) {
		return fmt.Sprintf("there are %d rows, and not %d", have, len(want))
	}
	for _, service := range slices.Sorted(maps.Keys(want)) {
		if other := rowOtherwise(g, service, want[service]); other != "" {
			return other
		}
	}
	return ""
}

// rowOtherwise is rowsOtherwise for the row of one service. Where there is no row, or
// none that was written for the spec as it is now, nothing was said.
func rowOtherwise(g *lanev1.ASMSwimLaneGroup, service string, want row) string {
	if g.Status.ObservedGeneration != g.Generation {
		return fmt.Sprintf("the rows are of generation %d, and the group of %d", g.Status.ObservedGeneration, g.Generation)
	}
	for _, s := range g.Status.Services {
		switch {
		case s.Name != service:
		case s.Reason != want.reason || !strings.Contains(s.Message, want.words):
			return fmt.Sprintf("%s says %s: %s", s.Name, s.Reason, s.Message)
		default:
			return ""
		}
	}
	return "there is no row of " + service
}
