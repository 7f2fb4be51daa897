package trafficprovider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// ErrLookAgain says that the world changed between reading and writing. It is
// no failure: whoever gets it reads again and applies again, without a word.
var ErrLookAgain = errors.New("the objects changed meanwhile")

// Applier is the only writer of traffic objects.
type Applier struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Reader reads from the API server itself.
	Reader   client.Reader
	Provider Provider
	// Freshness is how long a plan, and what was read for it, may be written by; 1s
	// when 0. A process that was frozen between reading and writing must not write:
	// by now another leader may have removed what the step names, for which it needs
	// a settle. So it is less than a settle, and longer than an API server may take
	// to answer some reads.
	Freshness time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Writes counts what was written; nothing is counted when nil.
	Writes *prometheus.CounterVec
}

// Service reads from the cache what the mesh has been told about a Service.
func (a *Applier) Service(ctx context.Context, group string, service types.NamespacedName) (Live, error) {
	live, err := a.Provider.Live(ctx, a.Client, group, service)
	if err != nil {
		return nil, fmt.Errorf("read the traffic objects of service %s: %w", service, err)
	}
	return live, nil
}

// Ingress reads from the cache what the mesh has been told about a group's
// entry. Without a gateway's name that is all; with it, what is on that gateway
// is read too, which ApplyIngress needs for an entry there.
func (a *Applier) Ingress(ctx context.Context, group string, gateway types.NamespacedName) (LiveIngress, error) {
	live, err := a.Provider.LiveIngress(ctx, a.Client, group, gateway)
	if err != nil {
		return nil, fmt.Errorf("read the entry of group %s: %w", group, err)
	}
	return live, nil
}

// Apply makes the next step from live to plan, and the one that it makes possible.
func (a *Applier) Apply(ctx context.Context, plan lane.Plan, live Live) (Outcome, error) {
	now := a.now()
	asked := plan.Since
	if asked.IsZero() {
		asked = now
	}
	step, err := a.Provider.Translate(plan, live, now)
	unseen := step.creates()
	if err == nil && step.Confirm {
		step, err = a.confirm(ctx, plan)
	}
	if err != nil {
		return Outcome{}, cannotPlan(plan, err)
	}
	out, err := a.write(ctx, step, asked)
	out.Unseen = unseen
	if err != nil || !step.Continue || out.Written < len(step.Writes) {
		return out, err
	}
	step, err = a.confirm(ctx, plan)
	if err != nil {
		return out, cannotPlan(plan, err)
	}
	next, err := a.write(ctx, step, asked)
	return out.then(next), err
}

func cannotPlan(plan lane.Plan, err error) error {
	return fmt.Errorf("plan the traffic of service %s: %w", plan.Service, err)
}

// confirm decides from the API server.
func (a *Applier) confirm(ctx context.Context, plan lane.Plan) (Step, error) {
	live, err := a.Provider.Live(ctx, a.Reader, plan.Group, plan.Service)
	if err != nil {
		return Step{}, err
	}
	return a.Provider.Translate(plan, live, a.now())
}

// ApplyIngress makes the next step of a group's entry. services are the live
// objects of its entry services.
func (a *Applier) ApplyIngress(ctx context.Context, plan lane.IngressPlan, live LiveIngress, services map[types.NamespacedName]Live) (Outcome, error) {
	asked := a.now()
	step, err := a.Provider.TranslateIngress(plan, live, services, asked)
	unseen := step.creates()
	if err == nil && step.Confirm {
		live, services, err = a.confirmIngress(ctx, plan)
		if err == nil {
			step, err = a.Provider.TranslateIngress(plan, live, services, a.now())
		}
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("plan the entry of group %s: %w", plan.Group, err)
	}
	out, err := a.write(ctx, step, asked)
	out.Unseen = unseen
	return out, err
}

// confirmIngress reads an entry and its services from the API server.
func (a *Applier) confirmIngress(ctx context.Context, plan lane.IngressPlan) (LiveIngress, map[types.NamespacedName]Live, error) {
	live, err := a.Provider.LiveIngress(ctx, a.Reader, plan.Group, plan.Gateway)
	if err != nil {
		return nil, nil, err
	}
	services := map[types.NamespacedName]Live{}
	for _, route := range plan.Routes {
		if _, ok := services[route.Service]; ok {
			continue
		}
		services[route.Service], err = a.Provider.Live(ctx, a.Reader, plan.Group, route.Service)
		if err != nil {
			return nil, nil, err
		}
	}
	return live, services, nil
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
