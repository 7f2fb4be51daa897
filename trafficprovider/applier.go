package trafficprovider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// ErrStale means that the objects changed between reading and writing. It is no failure:
// the caller reads and applies again, and need not log it.
var ErrStale = errors.New("the objects changed meanwhile")

// Applier is the only writer of traffic objects.
type Applier struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Reader reads from the API server.
	Reader   client.Reader
	Provider Provider
	// Freshness is how old the facts of a plan may be when it is written; 1s when 0. A
	// process that was frozen between reading and writing must not write: another leader
	// may have removed meanwhile what the step names. That takes a settle, so Freshness
	// must be less than a settle, and longer than an API server takes for some reads.
	Freshness time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Writes counts the writes that were made; nothing is counted when nil.
	Writes *prometheus.CounterVec
}

// Service reads the objects that concern a Service from the cache.
func (a *Applier) Service(ctx context.Context, group string, service types.NamespacedName) (Live, error) {
	live, err := a.Provider.Live(ctx, a.Client, group, service)
	if err != nil {
		return nil, fmt.Errorf("reading the traffic objects of service %s: %w", service, err)
	}
	return live, nil
}

// ConfirmedService reads it from the API server: that nothing is there is believed of no
// cache, which may not have seen our last write yet.
func (a *Applier) ConfirmedService(ctx context.Context, group string, service types.NamespacedName) (Live, error) {
	live, err := a.Provider.Live(ctx, a.Reader, group, service)
	if err != nil {
		return nil, fmt.Errorf("reading the traffic objects of service %s from the API server: %w", service, err)
	}
	return live, nil
}

// Ingress reads the objects of a group's ingress from the cache. With a gateway's name it
// also reads what else is on that gateway and has to do with the hosts, which
// ApplyIngress needs for an ingress there.
func (a *Applier) Ingress(ctx context.Context, group string, gateway types.NamespacedName, hosts ...string) (LiveIngress, error) {
	live, err := a.Provider.LiveIngress(ctx, a.Client, group, gateway, hosts...)
	if err != nil {
		return nil, fmt.Errorf("reading the entry of group %s: %w", group, err)
	}
	return live, nil
}

// Apply makes the next step from live to plan, and the one that it makes possible. The
// error is ErrStale when the objects have changed; the outcome tells what was written
// before any error.
func (a *Applier) Apply(ctx context.Context, plan lane.Plan, live Live) (Outcome, error) {
	now := a.now()
	readAt := plan.Since
	if readAt.IsZero() {
		readAt = now
	}
	planned := func(step Step, err error) (Step, error) {
		return step, wrap(err, "planning the traffic of service %s", plan.Service)
	}
	step, err := planned(a.Provider.Translate(plan, live, Cached, now))
	if err != nil {
		return Outcome{}, err
	}
	confirm := func() (Step, error) { return planned(a.confirm(ctx, plan)) }
	out, err := a.take(ctx, step, readAt, confirm)
	return a.without(ctx, out, err, readAt, confirm, func(patch lane.Patch, why string) bool {
		return refuse(&plan.Refused, patch, plan.Policy.PatchName(patch, plan.Service), why)
	})
}

// ApplyIngress makes the next step of a group's ingress, as Apply does. services are the
// live objects of its ingress services.
func (a *Applier) ApplyIngress(ctx context.Context, plan lane.IngressPlan, live LiveIngress, services map[types.NamespacedName]Live) (Outcome, error) {
	readAt := a.now()
	planned := func(step Step, err error) (Step, error) {
		return step, wrap(err, "planning the entry of group %s", plan.Group)
	}
	step, err := planned(a.Provider.TranslateIngress(plan, live, services, Cached, readAt))
	if err != nil {
		return Outcome{}, err
	}
	confirm := func() (Step, error) { return planned(a.confirmIngress(ctx, plan)) }
	out, err := a.take(ctx, step, readAt, confirm)
	if left := a.refusedRules(ctx, plan, err); len(left) > 0 {
		for _, o := range left {
			plan = plan.LeaveOut(o, live.Routes())
		}
		out, err = a.again(ctx, out, err, readAt, confirm)
		out.LeftOut = left
	}
	return a.without(ctx, out, err, readAt, confirm, func(patch lane.Patch, why string) bool {
		return refuse(&plan.Refused, patch, plan.PatchName(), why)
	})
}

// without makes a step without the patch that an object was made with which was refused: it
// may be why, and must not stop an undo. It goes on with less until something is taken, or
// refused without a patch: then they are not why. confirm translates, by what refuse noted.
func (a *Applier) without(ctx context.Context, out Outcome, err error, readAt time.Time, confirm func() (Step, error), refuse func(lane.Patch, string) bool) (Outcome, error) {
	refused := err
	for {
		failed, ok := errors.AsType[*failedWrite](err)
		if !ok || failed.patch == "" {
			break
		}
		if why := refusal(err); why == "" || !refuse(failed.patch, why) {
			break
		}
		var step Step
		if step, err = confirm(); err != nil || len(step.Writes) == 0 && step.Problem == nil {
			return out, errors.Join(refused, err)
		}
		var more Outcome
		more, err = a.write(ctx, step, readAt)
		out = out.then(more)
	}
	if err != nil && !errors.Is(refused, err) {
		err = errors.Join(refused, err)
	}
	return out, err
}

// refusedRules are the rules because of which an entry was not written.
func (a *Applier) refusedRules(ctx context.Context, plan lane.IngressPlan, err error) []lane.LeftOut {
	if refusal(err) == "" {
		return nil
	}
	return DryRun{a.Client, a.Provider}.refusedRules(ctx, plan)
}

// again writes what confirm translates, after an outcome and its error.
func (a *Applier) again(ctx context.Context, out Outcome, refused error, readAt time.Time, confirm func() (Step, error)) (Outcome, error) {
	step, err := confirm()
	if err != nil {
		return out, errors.Join(refused, err)
	}
	more, err := a.write(ctx, step, readAt)
	return out.then(more), err
}

// refuse notes that the mesh refuses what a patch makes; false where there is nothing left
// of it to do without.
func refuse(refusals *lane.Refusals, patch lane.Patch, name, why string) bool {
	if (*refusals)[patch].LeftOut {
		return false
	}
	*refusals = refusals.With(patch, lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: "the mesh does not take what the " + name + " makes: " + why})
	return true
}

// take makes a step. An Unconfirmed one is replaced by the step that confirm translates
// from what the API server has, and an Advancing one is followed by it. readAt is when
// reading the facts of the plan began.
func (a *Applier) take(ctx context.Context, step Step, readAt time.Time, confirm func() (Step, error)) (Outcome, error) {
	unseen := step.creates()
	if step.Phase == Unconfirmed {
		var err error
		if step, err = confirm(); err != nil {
			return Outcome{}, err
		}
	}
	out, err := a.write(ctx, step, readAt)
	out.Unseen = unseen
	if err != nil || out.Written < len(step.Writes) {
		return out, err
	}
	switch step.Phase {
	case Advancing:
		next, err := confirm()
		if err != nil {
			return out, err
		}
		more, err := a.write(ctx, next, readAt)
		return out.then(more), err
	case Unconfirmed:
		return out, fmt.Errorf("the provider does not accept what the API server has: %d writes were made", out.Written)
	case Waiting, Complete:
	}
	return out, nil
}

// confirm translates from what the API server has.
func (a *Applier) confirm(ctx context.Context, plan lane.Plan) (Step, error) {
	live, err := a.Provider.Live(ctx, a.Reader, plan.Group, plan.Service)
	if err != nil {
		return Step{}, err
	}
	return a.Provider.Translate(plan, live, Confirmed, a.now())
}

// confirmIngress translates an ingress from what the API server has.
func (a *Applier) confirmIngress(ctx context.Context, plan lane.IngressPlan) (Step, error) {
	live, err := a.Provider.LiveIngress(ctx, a.Reader, plan.Group, plan.Gateway, plan.Hosts()...)
	if err != nil {
		return Step{}, err
	}
	services := map[types.NamespacedName]Live{}
	for _, service := range plan.Services() {
		if services[service], err = a.Provider.Live(ctx, a.Reader, plan.Group, service); err != nil {
			return Step{}, err
		}
	}
	return a.Provider.TranslateIngress(plan, live, services, Confirmed, a.now())
}

// wrap adds what was being done to an error; nil stays nil.
func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

func (a *Applier) freshness() time.Duration {
	if a.Freshness == 0 {
		return time.Second
	}
	return a.Freshness
}

func (a *Applier) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}
