package istio

import (
	"context"
	"fmt"
	"strings"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// A lane is isolated at a Service when every other gray lane's subset keeps its pods
// out by their marker, and every proxy knows: one settle after the subsets began to.

// Isolates asks the gray subsets.
func (l *live) Isolates(laneName string, now time.Time) bool {
	if l.rule == nil {
		return true
	}
	return listedByAll(l.rule, laneName) && until(l.listedAfter(laneName, now), now) == 0
}

// unmarked are the lanes of a strict plan whose pods got their marker less than a settle ago, or have not
// got it yet, and how long until the first of them has had it for that long (0 if no time is known).
func (l *live) unmarked(plan lane.Plan, now time.Time) (out []string, again time.Duration) {
	if plan.Mode != lane.Strict || l.rule == nil {
		return nil, 0
	}
	for _, m := range plan.Gray {
		wait := time.Duration(0)
		if after := l.listedAfter(m.Lane, now); !after.IsZero() {
			wait = until(after.Add(l.settle), now)
		}
		if wait > 0 || !listedByAll(l.rule, m.Lane) {
			out, again = append(out, m.Lane), sooner(again, wait)
		}
	}
	return out, again
}

// listedByAll reports whether all other gray subsets keep the lane's pods out.
func listedByAll(rule *networkingv1.DestinationRule, laneName string) bool {
	for _, s := range rule.Spec.Subsets {
		if s.Name != laneName && isGray(s) && !lists(s, laneName) {
			return false
		}
	}
	return true
}

// listedAfter is when the lane's pods may carry its marker; zero when no
// annotation speaks of it: then every subset named the marker from its start.
func (l *live) listedAfter(laneName string, now time.Time) time.Time {
	key, ok := listedAfterKey(l.rule, laneName)
	if !ok {
		return time.Time{}
	}
	return l.deadline(key, now)
}

// listedAfterKey is the annotation that speaks of a lane; false without one. Most rules have none,
// and every new pod asks about every lane, so nothing is put together for it.
func listedAfterKey(rule *networkingv1.DestinationRule, laneName string) (string, bool) {
	for key := range rule.Annotations {
		if of, ok := strings.CutPrefix(key, apiv1.AnnotationListedAfter); ok && of == laneName {
			return key, true
		}
	}
	return "", false
}

// isolation is what the rule alone says.
type isolation struct {
	rule   *networkingv1.DestinationRule // nil when there is none of ours
	settle time.Duration
	outage span
}

var _ trafficprovider.Isolation = isolation{}

// Isolation reads the Service's DestinationRule, which is not to be changed. Without Istio
// there is none: pods are labelled all the same.
func (p *Provider) Isolation(ctx context.Context, r client.Reader, group string, service types.NamespacedName) (trafficprovider.Isolation, error) {
	rule := &networkingv1.DestinationRule{}
	key := ruleName(group, service)
	switch err := r.Get(ctx, key, rule, client.UnsafeDisableDeepCopy); {
	case apierrors.IsNotFound(err), meta.IsNoMatchError(err), err == nil && !owns(rule.Labels, group, service):
		return isolation{}, nil
	case err != nil:
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	return isolation{rule, p.settle, p.outage.span()}, nil
}

// Isolates waits one settle longer than the deadline, which was written down before its
// write was done (waits.go).
func (i isolation) Isolates(laneName string, now time.Time) bool {
	if i.rule == nil {
		return true
	}
	if !listedByAll(i.rule, laneName) {
		return false
	}
	key, ok := listedAfterKey(i.rule, laneName)
	if !ok {
		return true
	}
	deadline, _ := readDeadline(i.rule.Annotations, key, now, i.settle)
	return until(i.outage.heard(deadline, i.settle).Add(i.settle), now) == 0
}
