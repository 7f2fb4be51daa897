package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

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

// EditServices lets the group have all services but one.
func EditServices(what, without string) scenario.Step {
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error { return editGroup(ctx, p, servicesWithout(without)) }}
}

// RemoveService takes a service that is not being released out of the group
// until nothing of ours is left of it, and adds it again.
func RemoveService(service string) scenario.Step {
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

// RemoveEntryService takes away the service that the lanes' rules go to: their
// routes stay as they are, and the entry says so.
func RemoveEntryService() scenario.Step {
	return scenario.Step{What: "take the entry service out of the group, and add it again", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := editGroup(ctx, p, servicesWithout(cluster.Chain[0])); err != nil {
			return err
		}
		if err := awaitGroup(ctx, p, lanev1.ConditionIngressProgrammed, lanev1.ReasonEntryNotInGroup, cluster.Chain[0]); err != nil {
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

// DeleteBaselineLane deletes the lane that everybody falls back to, and
// applies it again. Traffic stays as it was, and the group says what it lacks.
func DeleteBaselineLane() scenario.Step {
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

// EditInvalidly names a baseline that there is not.
func EditInvalidly() scenario.Step {
	return scenario.Step{What: "an invalid edit, and its correction", Do: func(ctx context.Context, p *scenario.Play) error {
		fallback := func(to string) error {
			return editGroup(ctx, p, fmt.Sprintf(`{"permissiveModeConfiguration": {"fallbackTarget": %q}}`, to))
		}
		if err := fallback("nobody"); err != nil {
			return err
		}
		return frozenUntil(ctx, p, lanev1.ReasonBaselineMissing, "lane nobody (fallbackTarget) does not exist yet", func() error { return fallback(cluster.Base) })
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
	if err := awaitRows(ctx, p, cluster.Group, ofChain(row{reason: lanev1.ReasonFrozen})); err != nil {
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

// removeGroups deletes groups, then their lanes, and then namespaces, if there are any, and waits until
// they are gone.
func removeGroups(ctx context.Context, p *scenario.Play, groups []string, namespaces ...string) error {
	commands := [][]string{
		append([]string{"asmswimlanegroup"}, groups...),
		{"asmswimlane", "-l", fmt.Sprintf("%s in (%s)", lanev1.LabelSwimLaneGroup, strings.Join(groups, ","))},
	}
	if len(namespaces) > 0 {
		commands = append(commands, append([]string{"namespace"}, namespaces...))
	}
	for _, args := range commands {
		if _, err := p.Kubectl(ctx, append([]string{"delete", "--ignore-not-found", "--timeout=120s"}, args...)...); err != nil {
			return err
		}
	}
	return nil
}
