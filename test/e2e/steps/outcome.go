package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// Versions that answer too late or not at all: who is to meet them meets them, and
// nobody else is met instead.

// TimeOut lets requests to the service time out, until the end.
func TimeOut(service string, after time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("requests to %s time out after %s", service, after), Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error { return editGroup(ctx, p, servicesWithout("")) })
		var services []map[string]any
		for _, s := range cluster.Chain {
			ref := map[string]any{"namespace": cluster.Namespace, "name": s}
			if s == service {
				ref["httpRoutePatch"] = map[string]string{"timeout": after.String()}
			}
			services = append(services, ref)
		}
		patch, err := json.Marshal(map[string]any{"services": services})
		if err != nil {
			return err
		}
		if err := editGroup(ctx, p, string(patch)); err != nil {
			return err
		}
		return scenario.Pass(ctx, cluster.Settle) // until every proxy has it
	}}
}

// Outcome is how requests end that meet such a version.
type Outcome struct {
	// Words are in the error of each.
	Words string
	// Everybody may meet it, and not only those with the samples' tag.
	Everybody bool

	begun, ended time.Time // when requests may end so
	from, to     time.Time // when all of them must
}

// Begins lets requests end so from now on.
func (o *Outcome) Begins() scenario.Step {
	return scenario.Step{What: "requests may end with " + o.Words, Do: func(context.Context, *scenario.Play) error {
		o.begun = time.Now()
		return nil
	}}
}

// Ends lets none that is sent from now on.
func (o *Outcome) Ends() scenario.Step {
	return scenario.Step{What: "and no longer", Do: func(context.Context, *scenario.Play) error {
		o.ended = time.Now()
		return nil
	}}
}

// IsMet waits until that many requests were sent, all of which have to end so.
func (o *Outcome) IsMet(requests int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%d requests end with %s", requests, o.Words), Do: func(ctx context.Context, p *scenario.Play) error {
		o.from = time.Now()
		return cluster.Await(ctx, "so many requests", 3*time.Minute, func(context.Context) (string, error) {
			var sent []load.Record
			for _, r := range p.Records() {
				if o.theirs(r) && !r.Start.Before(o.from) {
					sent = append(sent, r)
				}
			}
			if len(sent) < requests {
				return fmt.Sprintf("there are %d", len(sent)), nil
			}
			o.to = slices.MaxFunc(sent, func(a, b load.Record) int { return a.Start.Compare(b.Start) }).Start
			return "", nil
		})
	}}
}

func (o *Outcome) theirs(r load.Record) bool { return o.Everybody || r.Tag == cluster.Lane }

func (o *Outcome) is(r load.Record) bool { return strings.Contains(r.Err, o.Words) }

// Expected judges that all requests ended so that had to, and takes out those that
// could: the promises are for the others.
func Expected(outcomes ...*Outcome) func(*scenario.Play, []load.Record) []load.Record {
	return func(p *scenario.Play, records []load.Record) []load.Record {
		for _, o := range outcomes {
			o.judge(p, records)
			before := len(records)
			records = slices.DeleteFunc(slices.Clone(records), func(r load.Record) bool {
				return o.theirs(r) && o.is(r) && r.Start.After(o.begun) && (o.ended.IsZero() || r.Start.Before(o.ended))
			})
			if before == len(records) {
				p.Problem("no request ended with %s, so nothing was shown", o.Words)
			}
		}
		return records
	}
}

func (o *Outcome) judge(p *scenario.Play, records []load.Record) {
	if o.from.IsZero() {
		return // none of them must
	}
	met, others, first := 0, 0, ""
	for _, r := range records {
		switch {
		case !o.theirs(r) || r.Start.Before(o.from) || r.Start.After(o.to):
		case o.is(r):
			met++
		default:
			if others++; others == 1 {
				first = fmt.Sprintf("%s met %s %s", r.ID, r.Chain, r.Err)
			}
		}
	}
	p.Note("%d of %d requests ended with %s, as they had to", met, met+others, o.Words)
	if others > 0 || met == 0 {
		p.Problem("%d requests had to end with %s and did not, the first: %s", others, o.Words, first)
	}
}

// Hang lets the service's baseline hang for a time: its pods are ready all the while, and
// answer nobody.
func Hang(service string, d time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("the baseline of %s hangs for %s", service, d), Do: func(ctx context.Context, p *scenario.Play) error {
		pods, err := p.BaselinePods(ctx, service)
		if err != nil {
			return err
		}
		if err := signalApps(p, pods, syscall.SIGSTOP); err != nil {
			return err
		}
		p.Cleanup(func(context.Context) error { return signalApps(p, pods, syscall.SIGCONT) })
		if err := scenario.Pass(ctx, d); err != nil {
			return err
		}
		if err := signalApps(p, pods, syscall.SIGCONT); err != nil {
			return err
		}
		return scenario.Pass(ctx, promise.PodGrace)
	}}
}

func signalApps(p *scenario.Play, pods []corev1.Pod, signal syscall.Signal) error {
	if len(pods) == 0 {
		return errors.New("there is no pod to be signalled")
	}
	for _, pod := range pods {
		if err := p.Stack.SignalPod(pod.Namespace, pod.Name, pod.Spec.Containers[0].Name, signal); err != nil {
			return err
		}
	}
	return nil
}
