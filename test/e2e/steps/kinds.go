package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// Kinds is the story of a workload that is released in itself, in one of kindCases.
type Kinds struct {
	Case string

	image    int // of the template
	promoted int // the version that everybody may meet
	windows  []kindWindow
}

// kindWindow is a time in which untagged requests may meet some versions, and tagged ones others.
type kindWindow struct {
	from             time.Time
	untagged, tagged []string
}

func (k *Kinds) namespace() string { return "kind-" + k.Case }
func (k *Kinds) base() string      { return k.namespace() + "-base" }
func (k *Kinds) gray() string      { return k.namespace() + "-gray" }
func (k *Kinds) path() string      { return "/" + k.namespace() }

// Streams are everybody's and the lane's.
func (k *Kinds) Streams() []load.Stream {
	return []load.Stream{
		{Name: k.namespace(), Path: k.path(), Rate: 20},
		{Name: k.gray(), Path: k.path(), Tag: k.gray(), Rate: 20},
	}
}

func (k *Kinds) version() string { return fmt.Sprintf("v%d", k.image) }

func (k *Kinds) allow(untagged, tagged []string) {
	k.windows = append(k.windows, kindWindow{time.Now(), untagged, tagged})
}

// Deploy brings the chain.
func (k *Kinds) Deploy() scenario.Step {
	return scenario.Step{What: "a chain with a " + k.Case, Do: func(ctx context.Context, p *scenario.Play) error {
		*k = Kinds{Case: k.Case, image: 1, promoted: 1}
		p.Cleanup(func(ctx context.Context) error { return removeGroups(ctx, p, []string{k.namespace()}, k.namespace()) })
		k.allow([]string{"v1"}, []string{"v1"})
		if err := p.ApplyText(ctx, k.objects()); err != nil {
			return err
		}
		if err := awaitGroupOf(ctx, p, k.namespace(), lanev1.ConditionReady, lanev1.ReasonProgrammed, ""); err != nil {
			return err
		}
		return k.met(ctx, p, "v1", "v1")
	}}
}

// Publish gives the workload its next version, and waits until the lane's requests meet it.
func (k *Kinds) Publish() scenario.Step {
	return scenario.Step{What: "publish, and the lane's requests meet it", Do: func(ctx context.Context, p *scenario.Play) error {
		old := fmt.Sprintf("v%d", k.promoted)
		k.image++
		k.allow([]string{old}, []string{old, k.version()})
		if _, err := p.Kubectl(ctx, "-n", k.namespace(), "set", "image", kindCases[k.Case].resource+"/b", fmt.Sprintf("default=go-http-sample:%d.0", k.image)); err != nil {
			return err
		}
		if err := k.met(ctx, p, old, k.version()); err != nil {
			return err
		}
		k.allow([]string{old}, []string{k.version()})
		// Right after a publication the status is the last release's, which may have paused, too.
		return k.paused(ctx, p, 1)
	}}
}

// Approve approves the step of that index, and waits for the pause of the next one, or, where that
// promotes, until everybody meets the version. Testers meet it all the time.
func (k *Kinds) Approve(step int32, promotes bool) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("approve step %d", step), Do: func(ctx context.Context, p *scenario.Play) error {
		if promotes {
			old := fmt.Sprintf("v%d", k.promoted)
			k.allow([]string{old, k.version()}, []string{k.version()})
			k.promoted = k.image
		}
		if err := p.ApproveRollout(ctx, k.rollout(), func() { p.Note("an approval of %s was lost and is repeated", k.Case) }); err != nil {
			return err
		}
		if !promotes {
			return k.paused(ctx, p, step+1)
		}
		if err := k.met(ctx, p, k.version(), k.version()); err != nil {
			return err
		}
		k.allow([]string{k.version()}, []string{k.version()})
		return nil
	}}
}

// Healthy waits until the release has ended.
func (k *Kinds) Healthy() scenario.Step {
	return scenario.Step{What: "the release ends", Do: func(ctx context.Context, p *scenario.Play) error {
		return k.await(ctx, p, "the release to end", func(r *rolloutsv1beta1.Rollout) bool { return r.Status.Phase == "Healthy" })
	}}
}

// Undo takes the version back: nobody meets it any more once the controllers know, in two seconds.
func (k *Kinds) Undo() scenario.Step {
	return scenario.Step{What: "undo", Do: func(ctx context.Context, p *scenario.Play) error {
		old := fmt.Sprintf("v%d", k.promoted)
		k.allow([]string{old}, []string{old, k.version()})
		if _, err := p.Kubectl(ctx, "kruise", "rollout", "undo", "rollout/b", "-n", k.namespace()); err != nil {
			return err
		}
		k.image = k.promoted
		if err := k.met(ctx, p, old, old); err != nil {
			return err
		}
		k.allow([]string{old}, []string{old})
		return k.await(ctx, p, "the undo to end", func(r *rolloutsv1beta1.Rollout) bool { return r.Status.Phase == "Healthy" })
	}}
}

func (k *Kinds) rollout() client.ObjectKey {
	return client.ObjectKey{Namespace: k.namespace(), Name: "b"}
}

func (k *Kinds) paused(ctx context.Context, p *scenario.Play, step int32) error {
	return k.await(ctx, p, fmt.Sprintf("the pause of step %d", step), func(r *rolloutsv1beta1.Rollout) bool {
		sub := r.Status.GetSubStatus()
		return r.Status.Phase == "Progressing" && sub != nil && sub.CurrentStepIndex == step && sub.CurrentStepState == "StepPaused"
	})
}

func (k *Kinds) await(ctx context.Context, p *scenario.Play, what string, is func(*rolloutsv1beta1.Rollout) bool) error {
	return cluster.Await(ctx, what, 3*time.Minute, func(ctx context.Context) (string, error) {
		r := &rolloutsv1beta1.Rollout{}
		if err := p.Client.Get(ctx, k.rollout(), r); err != nil {
			return "", err
		}
		if is(r) {
			return "", nil
		}
		return fmt.Sprintf("it is %s, %v", r.Status.Phase, r.Status.GetSubStatus()), nil
	})
}

// met waits until rows of requests of both streams met these versions of b.
func (k *Kinds) met(ctx context.Context, p *scenario.Play, untagged, tagged string) error {
	from := time.Now()
	want := map[string]string{k.namespace(): untagged, k.gray(): tagged}
	return cluster.Await(ctx, "requests to meet "+untagged+" and, of the lane, "+tagged, 2*time.Minute, func(context.Context) (string, error) {
		row, other := map[string]int{}, ""
		for _, r := range p.Records() {
			version, ours := want[r.Stream]
			if !ours || r.Start.Before(from) {
				continue
			}
			if hop, ok := r.Chain.Hop("b"); !ok || hop.Version != version {
				row[r.Stream], other = 0, fmt.Sprintf("%s met %s (%s)", r.Stream, r.Chain, r.Err)
				continue
			}
			row[r.Stream]++
		}
		for stream := range want {
			if row[stream] < 20 {
				return fmt.Sprintf("%d of 20 in a row of %s; at last %s", row[stream], stream, other), nil
			}
		}
		return "", nil
	})
}

// Check judges that no request was lost, and that each met a version that it may meet then. It keeps
// those that the promises are for.
func (k *Kinds) Check(p *scenario.Play, records []load.Record) []load.Record {
	since := servedSince(records)
	return slices.DeleteFunc(slices.Clone(records), func(r load.Record) bool {
		if !strings.HasPrefix(r.Stream, k.namespace()) {
			return false
		}
		if first, ok := since[r.Stream]; ok && lostSince(first, r) {
			p.Lost(r)
		}
		if hop, ok := r.Chain.Hop("b"); ok && !slices.Contains(k.may(r), hop.Version) {
			p.Problem("%s of %s met %s at %s, and may meet %v", r.ID, r.Stream, r.Chain, r.Start.Format("15:04:05.000"), k.may(r))
		}
		return true
	})
}

// may are the versions that a request may meet: those of all windows that it was under way in.
func (k *Kinds) may(r load.Record) []string {
	var out []string
	for i, w := range k.windows {
		if i+1 < len(k.windows) && k.windows[i+1].from.Before(r.Start) || w.from.After(r.End) {
			continue
		}
		if r.Stream == k.gray() {
			out = append(out, w.tagged...)
		} else {
			out = append(out, w.untagged...)
		}
	}
	return out
}
