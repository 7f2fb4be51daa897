package e2e

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

const (
	// foreignObjects have no effect beside ours, foreignClient has one.
	foreignObjects = "test/e2e/manifests/foreign-objects.yaml"
	foreignClient  = "test/e2e/manifests/foreign-client.yaml"
	// foreignFirst keep us out.
	foreignFirst = "test/e2e/manifests/foreign-first.yaml"
)

// othersComeAndGo lets others apply their objects in mid-release. The streams
// judge whether that moves a request; here it is about what is said.
func othersComeAndGo() []scenario.Step {
	return []scenario.Step{
		publish("mocka", "mockb"), inLane("mocka", "mockb"),
		apply(foreignObjects),
		groupSays("what has no effect, on a group that is ready", lanev1.ConditionReady, "True",
			"VirtualService default/users-mockb", "DestinationRule default/users-mockb",
			"VirtualService shop/users-wide", "DestinationRule istio-system/users-wide"),
		groupSays("what comes behind the entry", lanev1.ConditionIngressProgrammed, "True", "VirtualService default/users-front"),
		wait(5 * time.Second),
		apply(foreignClient),
		groupSays("what hides ours from some clients", lanev1.ConditionReady, "False", "DestinationRule shop/users-mtls"),
		undo("mocka"), approve("mockb"),
		wait(5 * time.Second),
		takeAway(foreignClient), takeAway(foreignObjects),
		groupSays("nothing of others any more", lanev1.ConditionReady, "True"),
		groupSays("nothing of others any more", lanev1.ConditionIngressProgrammed, "True"),
		rest(),
	}
}

// theirsFirst lets others have their objects before the service is in the group: we
// stay out until they have gone.
func theirsFirst(service string) []scenario.Step {
	return []scenario.Step{
		editServices("take "+service+" out of the group", service),
		subsetsAre(service),
		apply(foreignFirst),
		editServices("add "+service+" again", ""),
		groupSays("who keeps us out", lanev1.ConditionReady, "False", "VirtualService default/users-first", "DestinationRule default/users-first"),
		wait(2 * cluster.Settle),
		subsetsAre(service),
		takeAway(foreignFirst),
		subsetsAre(service, cluster.Base),
		groupSays("nothing of others any more", lanev1.ConditionReady, "True"),
	}
}

// editServices lets the group have all services but one.
func editServices(what, without string) scenario.Step {
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error { return editGroup(ctx, p, servicesWithout(without)) }}
}

func subsetsAre(service string, want ...string) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%s has the subsets %v", service, want), Do: func(ctx context.Context, p *scenario.Play) error {
		return awaitSubsets(ctx, p, service, want...)
	}}
}

func apply(file string) scenario.Step {
	return scenario.Step{What: "somebody applies " + file, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error { return takeAway(file).Do(ctx, p) })
		_, err := p.Kubectl(ctx, "apply", "-f", file)
		return err
	}}
}

func takeAway(file string) scenario.Step {
	return scenario.Step{What: "somebody deletes " + file, Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, "delete", "-f", file, "--ignore-not-found")
		return err
	}}
}

// groupSays waits until a condition of the group has the status, names all of
// these objects, and none of others that are of users.
func groupSays(what, condition, status string, names ...string) scenario.Step {
	return scenario.Step{What: "the group says " + what, Do: func(ctx context.Context, p *scenario.Play) error {
		return cluster.Await(ctx, what, time.Minute, func(ctx context.Context) (string, error) {
			var g lanev1.ASMSwimLaneGroup
			if err := p.Client.Get(ctx, client.ObjectKey{Name: cluster.Group}, &g); err != nil {
				return "", err
			}
			c := meta.FindStatusCondition(g.Status.Conditions, condition)
			switch {
			case c == nil || string(c.Status) != status:
				return fmt.Sprintf("%s is %+v", condition, c), nil
			case len(names) == 0 && strings.Contains(c.Message, "/users-"):
				return "it still says " + c.Message, nil
			}
			for _, name := range names {
				if !strings.Contains(c.Message, name) {
					return fmt.Sprintf("%s does not name %s: %s", condition, name, c.Message), nil
				}
			}
			return "", nil
		})
	}}
}
