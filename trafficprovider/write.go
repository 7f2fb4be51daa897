package trafficprovider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// write makes a step's writes in their order, and stops at the first that fails.
// readAt is when reading the facts of the step began, those of the plan included: they
// may have become old while the process was frozen.
func (a *Applier) write(ctx context.Context, step Step, readAt time.Time) (Outcome, error) {
	out := Outcome{Step: step}
	for _, w := range step.Writes {
		if a.now().Sub(readAt) > a.freshness() {
			return out, fmt.Errorf("%s %s: the facts are too old to write by: %w", w.Op.gerund(), client.ObjectKeyFromObject(w.Object), ErrStale)
		}
		err := a.do(ctx, w)
		if !refused(err) {
			a.Provider.Wrote(w, a.now())
		}
		if w.Op == Create && apierrors.IsAlreadyExists(err) {
			return a.nameTaken(ctx, w, out)
		}
		if apierrors.IsForbidden(err) && w.Forbidden != nil {
			if w.Optional {
				out.Notes = append(slices.Clip(out.Notes), *w.Forbidden)
			} else {
				out.Add(w.Forbidden)
			}
			continue
		}
		if err != nil {
			return out, &failedWrite{a.explain(w, err), w.Patch}
		}
		out.Written++
		a.logWrite(ctx, w)
	}
	return out, nil
}

// failedWrite says with which patch of a user the object was made.
type failedWrite struct {
	error
	patch lane.Patch
}

func (e *failedWrite) Unwrap() error { return e.error }

func (a *Applier) do(ctx context.Context, w Write) error {
	switch w.Op {
	case Create:
		return a.Client.Create(ctx, w.Object)
	case Update:
		return a.Client.Update(ctx, w.Object)
	case Delete:
		uid, version := w.Object.GetUID(), w.Object.GetResourceVersion()
		return a.Client.Delete(ctx, w.Object, client.Preconditions{UID: &uid, ResourceVersion: &version})
	}
	return fmt.Errorf("unknown operation %q", w.Op)
}

// refused reports whether the API server certainly did not make the write. After any
// other error it may have made it all the same.
func refused(err error) bool {
	return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err) ||
		apierrors.IsInvalid(err) || apierrors.IsForbidden(err) || apierrors.IsTooManyRequests(err)
}

// logWrite logs and counts a write.
func (a *Applier) logWrite(ctx context.Context, w Write) {
	kind := a.kind(w.Object)
	log.FromContext(ctx).Info("wrote a traffic object", "op", w.Op, "kind", kind,
		"object", client.ObjectKeyFromObject(w.Object), "reason", w.Reason)
	if a.Writes != nil {
		a.Writes.WithLabelValues(kind, string(w.Op), string(w.Cause)).Inc()
	}
}

// nameTaken finds out whose object has the name of one that could not be created. It may
// be our own, if the cache is stale. A foreign one stays as it is.
func (a *Applier) nameTaken(ctx context.Context, w Write, out Outcome) (Outcome, error) {
	existing := w.Object.DeepCopyObject().(client.Object)
	key := client.ObjectKeyFromObject(w.Object)
	if err := a.Reader.Get(ctx, key, existing); err != nil {
		return out, a.explain(w, err)
	}
	mine, _ := a.Provider.OwnerOf(w.Object)
	owner, ok := a.Provider.OwnerOf(existing)
	if ok && owner.Group == mine.Group && owner.Service == mine.Service {
		return out, fmt.Errorf("creating %s: it exists: %w", key, ErrStale)
	}
	out.Problem = Taken(a.kind(existing), existing, owner)
	out.Phase, out.Programmed = Waiting, nil
	return out, nil
}

// Taken returns the problem that an object has a name of ours and is not ours. Its owner is
// the zero value unless it is another group's for a Service: names are joined by hyphens and have hyphens,
// so that two groups may come to the same name for two Services of one namespace.
func Taken(kind string, existing client.Object, owner Owner) *lane.Problem {
	message := "exists and is not ours (it lacks our labels, or has another group's): delete it or give it another name"
	if owner.Service.Name != "" {
		message = fmt.Sprintf("is that of group %s for service %s, and this group's for this service would have the same name: "+
			"leave it, and give one of the groups another name or take one of the services out of its group", owner.Group, owner.Service)
	}
	return &lane.Problem{Reason: apiv1.ReasonConflict, Message: fmt.Sprintf("%s %s %s", kind, client.ObjectKeyFromObject(existing), message)}
}

// explain adds the operation and the object to an error, and makes it ErrStale where the
// object has changed.
func (a *Applier) explain(w Write, err error) error {
	what := fmt.Sprintf("%s %s %s", w.Op.gerund(), a.kind(w.Object), client.ObjectKeyFromObject(w.Object))
	// After a create, not found is the namespace, which reading again does not bring back.
	gone := apierrors.IsNotFound(err) && w.Op != Create
	if apierrors.IsConflict(err) || gone {
		return fmt.Errorf("%s: %w (%s)", what, ErrStale, strings.TrimSpace(err.Error()))
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (a *Applier) kind(obj client.Object) string {
	gvk, err := a.Client.GroupVersionKindFor(obj)
	if err != nil {
		return fmt.Sprintf("%T", obj)
	}
	return gvk.Kind
}
