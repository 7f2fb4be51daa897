package steps

import (
	"context"
	"fmt"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// What tools do to our objects: put their own labels on, take ours off.

const (
	toolLabel      = "argocd.argoproj.io/instance"
	toolAnnotation = "argocd.argoproj.io/tracking-id"
)

// Decorate puts a tool's own label and annotation on everything of ours, the
// group and the lanes included. They stay, and nothing is written for them.
func Decorate() scenario.Step {
	return scenario.Step{What: "a tool labels and annotates everything", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := onEverything(ctx, p, "label", toolLabel+"=shop"); err != nil {
			return err
		}
		if err := onEverything(ctx, p, "annotate", toolAnnotation+"=shop:everything"); err != nil {
			return err
		}
		before, err := everything(ctx, p)
		if err != nil {
			return err
		}
		if err := scenario.Pass(ctx, cluster.Settle); err != nil {
			return err
		}
		after, err := everything(ctx, p)
		if err != nil {
			return err
		}
		for i, o := range after {
			switch {
			case o.GetLabels()[toolLabel] == "" || o.GetAnnotations()[toolAnnotation] == "":
				return fmt.Errorf("%s has lost the tool's label or annotation", o.GetName())
			case len(before) != len(after) || o.GetResourceVersion() != before[i].GetResourceVersion():
				return fmt.Errorf("%s was written because of a tool's labels", o.GetName())
			}
		}
		return nil
	}}
}

func onEverything(ctx context.Context, p *scenario.Play, verb, pair string) error {
	if _, err := p.Kubectl(ctx, verb, "destinationrules,virtualservices", "-A",
		"-l", lanev1.LabelManagedBy+"="+lanev1.ManagedBy, "--overwrite", pair); err != nil {
		return err
	}
	_, err := p.Kubectl(ctx, verb, "asmswimlanegroups,asmswimlanes", "--all", "--overwrite", pair)
	return err
}

// Strip takes a label of ours off that does not decide whose the object is.
func Strip() scenario.Step {
	return scenario.Step{What: "a label of ours is taken off", Do: func(ctx context.Context, p *scenario.Play) error {
		o := ruleOf("mockb")
		if _, err := p.Kubectl(ctx, "label", kindOf(o.empty), o.key.Name, "-n", o.key.Namespace, lanev1.LabelSwimLaneGroup+"-"); err != nil {
			return err
		}
		return cluster.Await(ctx, "the label to be put back", 5*time.Second, func(ctx context.Context) (string, error) {
			is, err := readObject(ctx, p, o)
			if err != nil || is.GetLabels()[lanev1.LabelSwimLaneGroup] == cluster.Group {
				return "", err
			}
			return fmt.Sprintf("it has %v", is.GetLabels()), nil
		})
	}}
}

// TakeOver lets a tool say that an object of ours is its own. We leave
// it alone then and say so; requests go on as the object says.
func TakeOver(service string) scenario.Step {
	return scenario.Step{What: "a tool takes over " + service + "'s DestinationRule", Do: func(ctx context.Context, p *scenario.Play) error {
		o := ruleOf(service)
		own := func(value string) error {
			_, err := p.Kubectl(ctx, "label", kindOf(o.empty), o.key.Name, "-n", o.key.Namespace, "--overwrite", lanev1.LabelManagedBy+"="+value)
			return err
		}
		if err := own("argocd"); err != nil {
			return err
		}
		if err := awaitRow(ctx, p, service, row{lanev1.ReasonConflict, o.key.String()}); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, cluster.Settle); err != nil {
			return err
		}
		if err := own(lanev1.ManagedBy); err != nil {
			return err
		}
		return awaitRow(ctx, p, service, row{})
	}}
}
