package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// What the group says, and what it has in the mesh.

// GroupSays waits until a condition of the group has the status for the spec as it is
// now, names all of these objects, and none of others that are of users.
func GroupSays(what, condition, status string, names ...string) scenario.Step {
	return scenario.Step{What: "the group says " + what, Do: func(ctx context.Context, p *scenario.Play) error {
		return cluster.Await(ctx, what, time.Minute, func(ctx context.Context) (string, error) {
			g, err := groupNamed(ctx, p, cluster.Group)
			if err != nil {
				return "", err
			}
			return conditionOtherwise(g, condition, status, names), nil
		})
	}}
}

// conditionOtherwise says what keeps the group from saying that; empty if nothing does.
func conditionOtherwise(g *lanev1.ASMSwimLaneGroup, condition, status string, names []string) string {
	c := meta.FindStatusCondition(g.Status.Conditions, condition)
	switch {
	case c == nil || string(c.Status) != status || c.ObservedGeneration != g.Generation:
		return fmt.Sprintf("generation %d: %s is %+v", g.Generation, condition, c)
	case len(names) == 0 && strings.Contains(c.Message, "/users-"):
		return "it still says " + c.Message
	}
	for _, name := range names {
		if !strings.Contains(c.Message, name) {
			return fmt.Sprintf("%s does not name %s: %s", condition, name, c.Message)
		}
	}
	return ""
}

// SubsetsAre waits until the service has these subsets, and no other.
func SubsetsAre(service string, want ...string) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%s has the subsets %v", service, want), Do: func(ctx context.Context, p *scenario.Play) error {
		return awaitSubsets(ctx, p, service, want...)
	}}
}

func awaitSubsets(ctx context.Context, p *scenario.Play, service string, want ...string) error {
	return cluster.Await(ctx, fmt.Sprintf("the subsets %v of %s", want, service), time.Minute, func(ctx context.Context) (string, error) {
		subsets, err := p.Subsets(ctx, service)
		if err != nil || strings.Join(subsets, ",") == strings.Join(want, ",") {
			return "", err
		}
		return fmt.Sprintf("it has %v", subsets), nil
	})
}

// awaitGroup waits until a condition of the group has the reason, and a message
// with these words, for the spec as it is now.
func awaitGroup(ctx context.Context, p *scenario.Play, condition, reason, words string) error {
	return awaitGroupOf(ctx, p, cluster.Group, condition, reason, words)
}

func awaitGroupOf(ctx context.Context, p *scenario.Play, name, condition, reason, words string) error {
	what := fmt.Sprintf("condition %s of group %s to say %s %q", condition, name, reason, words)
	return cluster.Await(ctx, what, time.Minute, func(ctx context.Context) (string, error) {
		g, err := groupNamed(ctx, p, name)
		if err != nil {
			return "", err
		}
		c := meta.FindStatusCondition(g.Status.Conditions, condition)
		if c != nil && c.Reason == reason && c.ObservedGeneration == g.Generation && strings.Contains(c.Message, words) {
			return "", nil
		}
		return fmt.Sprintf("generation %d: %+v", g.Generation, c), nil
	})
}

func groupNamed(ctx context.Context, p *scenario.Play, name string) (*lanev1.ASMSwimLaneGroup, error) {
	g := &lanev1.ASMSwimLaneGroup{}
	return g, p.Client.Get(ctx, client.ObjectKey{Name: name}, g)
}
