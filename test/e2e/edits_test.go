package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// Edits of the group in mid-release.

// editGroup merges a patch into the group's spec.
func editGroup(ctx context.Context, p *scenario.Play, spec string) error {
	_, err := p.Kubectl(ctx, "patch", "asmswimlanegroup", cluster.Group, "--type=merge", "-p", `{"spec": `+spec+`}`)
	return err
}

// servicesWithout is the chain less one service, as a patch.
func servicesWithout(service string) string {
	var refs []map[string]string
	for _, s := range cluster.Chain {
		if s != service {
			refs = append(refs, map[string]string{"namespace": cluster.Namespace, "name": s})
		}
	}
	text, _ := json.Marshal(map[string]any{"services": refs}) // of strings: it cannot fail
	return string(text)
}

// removeAService takes a service that is not being released out of the group
// until nothing of ours is left of it, and adds it again.
func removeAService(service string) scenario.Step {
	return scenario.Step{What: "take " + service + " out of the group, and add it again", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := editGroup(ctx, p, servicesWithout(service)); err != nil {
			return err
		}
		if err := awaitSubsets(ctx, p, service); err != nil {
			return err
		}
		if err := editGroup(ctx, p, servicesWithout("")); err != nil {
			return err
		}
		if err := awaitSubsets(ctx, p, service, cluster.Base); err != nil {
			return err
		}
		return awaitGroup(ctx, p, lanev1.ConditionReady, lanev1.ReasonProgrammed, "")
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

// removeTheEntryService takes away the service that the lanes' rules go to: the
// entry stays as it is and says so.
func removeTheEntryService() scenario.Step {
	return scenario.Step{What: "take the entry service out of the group, and add it again", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := editGroup(ctx, p, servicesWithout(cluster.Chain[0])); err != nil {
			return err
		}
		if err := awaitGroup(ctx, p, lanev1.ConditionIngressProgrammed, lanev1.ReasonFrozen, cluster.Chain[0]); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, 2*cluster.Settle); err != nil {
			return err
		}
		if err := editGroup(ctx, p, servicesWithout("")); err != nil {
			return err
		}
		return awaitGroup(ctx, p, lanev1.ConditionReady, lanev1.ReasonProgrammed, "")
	}}
}

// changedHeader is the header that the group changes to; the mock application
// passes it on, too. At the gateway the lanes are still chosen by the old one.
const changedHeader = "x-prefer-lane"

func changeTheRouteHeader() scenario.Step {
	return scenario.Step{What: "change routeHeader", Do: func(ctx context.Context, p *scenario.Play) error {
		return routeBy(ctx, p, changedHeader)
	}}
}

func changeTheRouteHeaderBack() scenario.Step {
	return scenario.Step{What: "change routeHeader back", Do: func(ctx context.Context, p *scenario.Play) error {
		return routeBy(ctx, p, "x-asm-prefer-tag")
	}}
}

func routeBy(ctx context.Context, p *scenario.Play, header string) error {
	tagMoves(p, cluster.Lane)
	if err := editGroup(ctx, p, fmt.Sprintf(`{"permissiveModeConfiguration": {"routeHeader": %q}}`, header)); err != nil {
		return err
	}
	if err := cluster.Await(ctx, "routes by "+header, time.Minute, func(ctx context.Context) (string, error) {
		return routedOtherwise(ctx, p, header)
	}); err != nil {
		return err
	}
	return tagServes(ctx, p, cluster.Lane)
}

// routedOtherwise names an object of ours that does not ask for the header, or
// stamp it.
func routedOtherwise(ctx context.Context, p *scenario.Play, header string) (string, error) {
	var all networkingv1.VirtualServiceList
	if err := p.Client.List(ctx, &all, client.MatchingLabels{lanev1.LabelManagedBy: lanev1.ManagedBy}); err != nil {
		return "", err
	}
	for _, vs := range all.Items {
		for _, r := range vs.Spec.Http {
			_, stamped := r.GetHeaders().GetRequest().GetSet()[header]
			isEntry := vs.Labels[lanev1.LabelEntry] != ""
			matched := len(r.Match) == 0 || r.Match[0].Headers[header] != nil
			if isEntry && !stamped || !isEntry && !matched {
				return fmt.Sprintf("route %s of VirtualService %s does not", r.Name, vs.Name), nil
			}
		}
	}
	return "", nil
}

// deleteTheBaselineLane deletes the lane that everybody falls back to, and
// applies it again. Traffic stays as it was, and the group says what it lacks.
func deleteTheBaselineLane() scenario.Step {
	return scenario.Step{What: "delete the baseline lane, and apply it again", Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "delete", "asmswimlane", cluster.Base, "--timeout=30s"); err != nil {
			return err
		}
		return frozenUntil(ctx, p, lanev1.ReasonBaselineMissing, cluster.Base, func() error {
			_, err := p.Kubectl(ctx, "apply", "-f", cluster.Samples+"/3-lanes.yaml")
			return err
		})
	}}
}

// editInvalidly asks for what is not built.
func editInvalidly() scenario.Step {
	return scenario.Step{What: "an invalid edit, and its correction", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := editGroup(ctx, p, `{"isPermissive": false}`); err != nil {
			return err
		}
		return frozenUntil(ctx, p, lanev1.ReasonNotYetSupported, "isPermissive: true", func() error {
			return editGroup(ctx, p, `{"isPermissive": true}`)
		})
	}}
}

// frozenUntil waits until the group says why it is unusable and that all its
// traffic stays as it was, lets requests run, and makes it right.
func frozenUntil(ctx context.Context, p *scenario.Play, reason, message string, correct func() error) error {
	if err := awaitGroup(ctx, p, lanev1.ConditionAccepted, reason, message); err != nil {
		return err
	}
	if err := awaitGroup(ctx, p, lanev1.ConditionIngressProgrammed, lanev1.ReasonFrozen, message); err != nil {
		return err
	}
	if err := awaitRows(ctx, p, lanev1.ReasonFrozen); err != nil {
		return err
	}
	if err := scenario.Pass(ctx, 2*cluster.Settle); err != nil {
		return err
	}
	if err := correct(); err != nil {
		return err
	}
	return awaitGroup(ctx, p, lanev1.ConditionReady, lanev1.ReasonProgrammed, "")
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

// awaitRows waits until the rows of all services have the reason.
func awaitRows(ctx context.Context, p *scenario.Play, reason string) error {
	return cluster.Await(ctx, "all rows to say "+reason, time.Minute, func(ctx context.Context) (string, error) {
		g, err := groupNamed(ctx, p, cluster.Group)
		if err != nil {
			return "", err
		}
		for _, s := range g.Status.Services {
			if s.Reason != reason {
				return fmt.Sprintf("%s says %s %s", s.Name, s.Reason, s.Message), nil
			}
		}
		return "", nil
	})
}

func groupNamed(ctx context.Context, p *scenario.Play, name string) (*lanev1.ASMSwimLaneGroup, error) {
	g := &lanev1.ASMSwimLaneGroup{}
	return g, p.Client.Get(ctx, client.ObjectKey{Name: name}, g)
}
