package trafficprovider

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Sample is an object as it would be written, for a dry run.
type Sample struct {
	Object client.Object
	// Patch is whose result it is, as a person finds it in the group.
	Patch string
}

// DryRun asks the API server, and with it the mesh's own admission, whether it would take
// what a group's patches and its lanes' rules make. It writes nothing.
type DryRun struct {
	Client   client.Client
	Provider Provider
}

// dryRunLimit is how long all dry runs of one admission may take: the webhook itself has
// 5s. What could not be asked in that time is let through.
const dryRunLimit = 2 * time.Second

// CheckPatches returns the first patch that cannot be merged; nil without one.
func (d DryRun) CheckPatches(group lane.Group) *lane.Problem { return d.Provider.CheckPatches(group) }

// TryPatches returns the first patch whose result would be refused; nil when there is none,
// or when the API server did not answer.
func (d DryRun) TryPatches(ctx context.Context, group lane.Group) *lane.Problem {
	ctx, cancel := context.WithTimeout(ctx, dryRunLimit)
	defer cancel()
	samples := d.Provider.Samples(group)
	for i, why := range d.try(ctx, len(samples), func(i int) client.Object { return samples[i].Object }) {
		if why != "" {
			return &lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: "the mesh does not take what the " + samples[i].Patch + " makes: " + why}
		}
	}
	return nil
}

// TryRules returns the first ingress rule whose routes would be refused; nil when there is
// none, or when the API server did not answer.
func (d DryRun) TryRules(ctx context.Context, plan lane.IngressPlan) *lane.Problem {
	ctx, cancel := context.WithTimeout(ctx, dryRunLimit)
	defer cancel()
	for _, o := range d.refusedRules(ctx, plan) {
		return &lane.Problem{Reason: o.Reason, Message: lane.RuleTitle(o.Lane, o.Rule) + ": " + o.Message}
	}
	return nil
}

// refusedRules are the plan's rules that the mesh does not take, each asked about by itself.
func (d DryRun) refusedRules(ctx context.Context, plan lane.IngressPlan) []lane.LeftOut {
	rules := plan.Rules()
	var out []lane.LeftOut
	for i, why := range d.try(ctx, len(rules), func(i int) client.Object {
		sample, err := d.Provider.IngressSample(rules[i].Plan)
		if err != nil { // of a patch, and there is none
			return nil
		}
		return sample
	}) {
		if why != "" {
			out = append(out, lane.LeftOut{Lane: rules[i].Lane, Rule: rules[i].Rule,
				Problem: lane.Problem{Reason: apiv1.ReasonInvalid, Message: "the mesh does not take what it makes: " + why}})
		}
	}
	return out
}

// try returns why each of n objects would be refused; empty for one that would not.
func (d DryRun) try(ctx context.Context, n int, object func(i int) client.Object) []string {
	out := make([]string, n)
	var runs errgroup.Group
	runs.SetLimit(8)
	for i := range n {
		runs.Go(func() error {
			if obj := object(i); obj != nil {
				out[i] = refusal(d.Client.Create(ctx, obj, client.DryRunAll))
			}
			return nil
		})
	}
	_ = runs.Wait() // nothing returns an error
	return out
}

// refusal is why an object is refused for what it says; empty where it is taken, or not
// looked at.
func refusal(err error) string {
	const denied = "denied the request: "
	switch {
	case err == nil:
		return ""
	case strings.Contains(err.Error(), denied):
		_, why, _ := strings.Cut(err.Error(), denied)
		return why
	case apierrors.IsInvalid(err):
		return err.Error()
	}
	return ""
}
