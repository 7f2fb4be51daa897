package model

import (
	"fmt"
	"maps"
	"slices"
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// judge remembers what the promises need to know of the past.
type judge struct {
	// vouched are pods whose labels have had the time to become right, with
	// what they were then: a pod that the webhook missed, or whose lane has
	// changed, is anybody's until the controllers could repair it.
	vouched map[types.UID]string
	// broken are the Services, and the entry, whose objects a person changed.
	broken map[string]breach
	// undone are the canary Deployments whose release was undone, for ever.
	undone map[string]breach
	// shared are the Services whose pods an older group labels, as the controllers know.
	shared map[string]bool
	// owned are the Services' groups.
	owned map[string]ownership
	// unselected are the Services whose pods nobody could find once, because a Service was
	// missing.
	unselected map[string]bool
	// theirs are somebody else's objects by their names, seen those that the
	// controllers know of.
	theirs map[string]*networkingv1.VirtualService
	seen   map[string]bool
	// moved are the kinds of pods of lanes that a group's baseline is, or was since it came to
	// its end, besides the first.
	moved map[string][]string
	// movedEver are those of moved, and of all that were.
	movedEver map[string][]string
	// back are the groups whose baseline is their first lane again.
	back map[string]breach
	// violated is the first promise that was broken; kind is the sentence
	// without its names.
	violated, kind string
}

// breach is something that the controllers have to notice: they knew of it at
// the first quiet moment after it.
type breach struct{ known time.Time }

// over says whether they have known for long enough that every proxy knows.
func (b breach) over(waits int) bool {
	return !b.known.IsZero() && time.Since(b.known) >= time.Duration(waits)*settle
}

func newJudge() judge {
	return judge{
		vouched: map[types.UID]string{}, broken: map[string]breach{}, undone: map[string]breach{}, owned: map[string]ownership{}, shared: map[string]bool{}, unselected: map[string]bool{},
		moved: map[string][]string{}, movedEver: map[string][]string{}, back: map[string]breach{},
		theirs: map[string]*networkingv1.VirtualService{}, seen: map[string]bool{},
	}
}

const (
	entryName = "the entry"
	outside   = "outside"
	baseline  = "base"
)

// truth is what a pod is, whatever its labels say: of the baselines, of the gray
// lanes of a kind (which need not be there: nobody else may meet the pod either
// way), outside, or (empty) nothing that a promise speaks of.
func (w *world) truth(pod *corev1.Pod) string {
	l := w.workloadOf(pod)
	if l.canaryOf == "" {
		if firstGroup.laneOf(l.tag) != "" {
			return l.tag
		}
		return outside
	}
	r := w.kruise.rollout()
	switch {
	case r == nil || r.Spec.Disabled || !r.DeletionTimestamp.IsZero():
		return "" // it was promoted without a gate
	case w.retired(l):
		return outside
	case !w.laneStands(w.released(w.ownerOrFirst(l.service))):
		return outside
	case w.released(w.ownerOrFirst(l.service)) == w.baselineOf(w.ownerOrFirst(l.service)):
		return unapproved
	}
	return "canary"
}

// retired: the canary's version was undone, another release has begun since, or its workload
// is gone.
func (w *world) retired(l *workload) bool {
	_, undone := w.judge.undone[l.name]
	return undone || w.kruise.earlier[l.name] || w.kruise.stage == stageLost
}

// stands: the Service is a group's, and that is such that the controllers follow
// it.
func (w *world) stands(service string) bool {
	g, owned := w.owner(service)
	return owned && w.follows(g) && w.has(&corev1.Service{ObjectMeta: named(service)})
}

func (j *judge) vouch(w *world, pod *corev1.Pod) {
	// A pod whose Deployment is gone is the garbage collector's, as it is.
	if w.stands(pod.Labels["app"]) && !w.deploymentGone(pod) {
		j.vouched[pod.UID] = w.truth(pod)
	}
}

// known is called in a quiet moment: what happened before it is known.
func (j *judge) known(w *world) {
	for _, pod := range all[*corev1.Pod](w.store) {
		j.vouch(w, pod)
	}
	for name := range j.theirs {
		j.seen[name] = true
	}
	w.knowElders()
	for _, facts := range []map[string]breach{j.broken, j.undone} {
		for k, b := range facts {
			if b.known.IsZero() && w.repairs(k) {
				facts[k] = breach{time.Now()}
			}
		}
	}
}

// repairs: the controllers put right what a person did to a Service's objects.
// Of a Service that leaves they only take things away, also where the entry of
// the group that it leaves still leads to it. One that has lost all its objects is
// not taken over before its pods are ready.
func (w *world) repairs(service string) bool {
	if !slices.Contains(services, service) {
		return true
	}
	g, _ := w.owner(service)
	if _, shared := w.elder(service); shared {
		return false
	}
	return w.stands(service) && !w.entersElsewhere(service) && w.hasObjects(g, service)
}

// entersElsewhere: the entry of a group leads to a Service that it has not.
func (w *world) entersElsewhere(service string) bool {
	return slices.ContainsFunc(groups, func(g group) bool {
		entry := w.routes(g.entryKey())
		return !w.owns(g, service) && entry != nil && slices.ContainsFunc(entry.Spec.Http, func(r *networkingapi.HTTPRoute) bool {
			return destination(r).Host == hostOf(service)
		})
	})
}

// is says what a pod is, if its labels must say so.
func (j *judge) is(pod *corev1.Pod) string { return j.vouched[pod.UID] }

func (j *judge) violate(format string, args ...any) {
	if j.violated == "" {
		j.violated, j.kind = fmt.Sprintf(format, args...), format
	}
}

// check asks the proxies.
func (w *world) check() {
	if cause := w.panicked.Load(); cause != nil {
		w.judge.violate("a controller panicked: %s", cause)
	}
	if w.judge.violated != "" {
		return
	}
	w.noteOwners()
	w.notePods()
	w.forgetMoves()
	maps.DeleteFunc(w.judge.broken, func(_ string, b breach) bool { return b.over(2) })
	for _, pod := range all[*corev1.Pod](w.store) {
		if w.judge.vouched[pod.UID] != w.truth(pod) {
			delete(w.judge.vouched, pod.UID)
		}
	}
	for _, s := range services {
		if _, broken := w.judge.broken[s]; broken {
			continue
		}
		for _, v := range w.views(s) {
			w.checkView(v)
		}
	}
	w.checkEntries()
	for name, theirs := range w.judge.theirs {
		if w.store.current(theirs) != client.Object(theirs) {
			w.judge.violate("the VirtualService %s of somebody else was changed", name)
		}
	}
}

// checkTag holds a request's endpoints against the promises: nobody meets a
// gray lane but by its tag, and something of the baseline is met before
// something of another lane, and before nothing.
func (w *world) checkTag(v view, tag string, r request) {
	subset := (*networkingapi.Subset)(nil)
	if v.routes != nil {
		route := routeOf(v.routes, r)
		if route == nil {
			w.judge.violate("a request %v to %s meets no route", r, v.service)
			return
		}
		subset, _ = subsetOf(v.rule, destination(route).Subset)
	}
	met := reached(v.rule, subset, v.pods)
	w.checkUndone(v.service, tag, r, met)
	everybodys := w.everybodys(v.service, v.by)
	if !w.answers(v, everybodys) {
		return
	}
	if len(met) == 0 {
		w.judge.violate("a request %v to %s meets no endpoint although the baseline has one", r, v.service)
	}
	for _, p := range met {
		is := w.judge.is(p)
		if is == unapproved && tag == "canary" {
			continue
		}
		if is != "" && !slices.Contains(everybodys, is) && is != tag {
			w.judge.violate("a request %v to %s meets pod %s, which is of %s, although the baseline has one", r, v.service, p.Name, is)
		}
	}
}

// checkUndone: the controllers have known for a settle that a version was
// undone, so its tag does not reach it any more. A pod whose Deployment went
// before they knew of the pod is the garbage collector's.
func (w *world) checkUndone(service, tag string, r request, met []*corev1.Pod) {
	if w.Named || service != "mockb" {
		return
	}
	for _, p := range met {
		b, undone := w.judge.undone[p.Labels["deployment"]]
		if undone && !w.neverKnown(p) && tag != "" && !slices.Contains(w.everybodys(service, w.ownerOrFirst(service)), tag) && b.over(1) {
			w.judge.violate("a request %v meets pod %s, whose version was undone", r, p.Name)
		}
	}
}

func (w *world) neverKnown(p *corev1.Pod) bool { return w.judge.is(p) == "" && w.deploymentGone(p) }

// noteChange follows what the world's facts say of the past.
func (w *world) noteChange(before, after client.Object) {
	pod, ok := before.(*corev1.Pod)
	if ok && after == nil {
		delete(w.judge.vouched, pod.UID)
	}
}
