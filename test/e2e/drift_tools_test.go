package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// What tools do to our objects: put their own labels on, take ours off, restore
// a backup.

const (
	toolLabel      = "argocd.argoproj.io/instance"
	toolAnnotation = "argocd.argoproj.io/tracking-id"
)

// decorate puts a tool's own label and annotation on everything of ours, the
// group and the lanes included. They stay, and nothing is written for them.
func decorate() scenario.Step {
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

// strip takes a label of ours off that does not decide whose the object is.
func strip() scenario.Step {
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

// takeOverByAnother lets a tool say that an object of ours is its own. We leave
// it alone then and say so; requests go on as the object says.
func takeOverByAnother(service string) scenario.Step {
	return scenario.Step{What: "a tool takes over " + service + "'s DestinationRule", Do: func(ctx context.Context, p *scenario.Play) error {
		o := ruleOf(service)
		own := func(value string) error {
			_, err := p.Kubectl(ctx, "label", kindOf(o.empty), o.key.Name, "-n", o.key.Namespace, "--overwrite", lanev1.LabelManagedBy+"="+value)
			return err
		}
		if err := own("argocd"); err != nil {
			return err
		}
		if err := awaitRow(ctx, p, service, lanev1.ReasonConflict, o.key.String()); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, cluster.Settle); err != nil {
			return err
		}
		if err := own(lanev1.ManagedBy); err != nil {
			return err
		}
		return awaitRow(ctx, p, service, "", "")
	}}
}

// awaitRow waits until the group's row of a service has the reason and words.
func awaitRow(ctx context.Context, p *scenario.Play, service, reason, words string) error {
	what := fmt.Sprintf("the row of %s to say %q %q", service, reason, words)
	return cluster.Await(ctx, what, time.Minute, func(ctx context.Context) (string, error) {
		g, err := groupNamed(ctx, p, cluster.Group)
		if err != nil {
			return "", err
		}
		for _, s := range g.Status.Services {
			if s.Name == service && (s.Reason != reason || !strings.Contains(s.Message, words)) {
				return fmt.Sprintf("it says %s %s", s.Reason, s.Message), nil
			}
		}
		return "", nil
	})
}

// backups are copies of everything of ours, by when they were taken.
type backups struct {
	of map[string][]client.Object
}

func (b *backups) take(when string) scenario.Step {
	return scenario.Step{What: "a backup " + when, Do: func(ctx context.Context, p *scenario.Play) error {
		all, err := everything(ctx, p)
		if b.of == nil {
			b.of = map[string][]client.Object{}
		}
		b.of[when] = all
		return err
	}}
}

// restore puts a backup in the place of what there is, and waits until that is
// as it should be.
func (b *backups) restore(when string, repaired func(context.Context, *scenario.Play) error) scenario.Step {
	return scenario.Step{What: "the backup " + when + " is restored", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.Harmed, Detail: "a backup is restored"})
		for _, o := range b.of[when] {
			if err := putBack(ctx, p, o); err != nil {
				return err
			}
		}
		from := time.Now()
		if err := repaired(ctx, p); err != nil {
			return err
		}
		p.Note("a backup %s was restored: all was right again %.1fs after, %s settle included", when, time.Since(from).Seconds(), cluster.Settle)
		return awaitHealed(ctx, p, "")
	}}
}

// insist lets a tool put its old copy of an object back again and again, as those do
// that heal drift from a repository. Each time costs us one write, and when the
// tool gives up, ours stays.
func (b *backups) insist(when string, o object, times int) scenario.Step {
	return scenario.Step{What: "a tool insists on its copy of " + o.key.Name, Do: func(ctx context.Context, p *scenario.Play) error {
		was, err := readObject(ctx, p, o)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(b.of[when], func(c client.Object) bool {
			return kindOf(c) == kindOf(o.empty) && client.ObjectKeyFromObject(c) == o.key
		})
		p.Timeline.Add(timeline.Event{Kind: timeline.Harmed, Service: o.ofService, Detail: "a tool insists on its copy"})
		var longest time.Duration
		for range times {
			if err := putBack(ctx, p, b.of[when][i]); err != nil {
				return err
			}
			took, err := awaitRepair(ctx, p, o, was)
			if err != nil {
				return err
			}
			longest = max(longest, took)
		}
		p.Note("a tool put its copy back %d times: repaired %dms after at the latest", times, longest.Milliseconds())
		if err := awaitHealed(ctx, p, o.ofService); err != nil {
			return err
		}
		is, err := readObject(ctx, p, o)
		if writes := is.GetGeneration() - was.GetGeneration(); err == nil && writes != int64(2*times) {
			return fmt.Errorf("the spec was written %d times, of which the tool did %d", writes, times)
		}
		return err
	}}
}

// putBack replaces or creates an object, as backup tools do: spec, labels and
// annotations. Meanwhile we repair, so that somebody may be faster.
func putBack(ctx context.Context, p *scenario.Play, o client.Object) error {
	for {
		is := o.DeepCopyObject().(client.Object)
		err := p.Client.Get(ctx, client.ObjectKeyFromObject(o), is)
		next := o.DeepCopyObject().(client.Object)
		next.SetUID(is.GetUID())
		next.SetResourceVersion(is.GetResourceVersion())
		switch {
		case apierrors.IsNotFound(err):
			next.SetUID("")
			next.SetResourceVersion("")
			err = p.Client.Create(ctx, next)
		case err == nil:
			err = p.Client.Update(ctx, next)
		}
		if !apierrors.IsConflict(err) {
			return err
		}
	}
}
