package model

import (
	"fmt"
	"slices"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

const (
	rolloutName     = "rollouts-mockb"
	stableName      = "mockb-base"
	inProgressing   = "rollouts.kruise.io/in-progressing"
	canaryLabel     = "rollouts.kruise.io/canary-deployment"
	kruiseFinalizer = "rollouts.kruise.io/rollout"
)

// kruise releases mockb in the canary style, one step at a time. The order of
// its writes is that of Kruise Rollout 0.6.
type kruise struct {
	world *world
	stage stage
	// canaries counts the canary Deployments, canary is the one there is now.
	canaries int
	canary   string
	approved bool
	undone   bool
	again    bool // a third version came while the second was in its lane
	// began is when the release did, last when the latest canary was created.
	began, last time.Time
	// earlier are the canaries of releases before this one. The garbage collector has
	// not been there yet.
	earlier map[string]bool
}

// initializing is how long Kruise waits before it begins to roll: no canary is as old as
// its release.
const initializing = 3 * time.Second

// stage of a release; the ones in which nothing happens by itself are idle,
// released (until a person says what) and disabled.
type stage string

const (
	stageIdle       stage = "idle"
	stageMarked     stage = "marked"
	stageInitial    stage = "initializing"
	stageRolling    stage = "rolling"
	stageCanary     stage = "canary created"
	stageReleased   stage = "released"
	stageFinalising stage = "finalising"
	stagePromoting  stage = "promoting"
	stageCancelling stage = "cancelling"
	stageEnding     stage = "ending"
	stageDisabling  stage = "disabling"
	stageDisabled   stage = "disabled"
	stageLost       stage = "workload lost"
)

func (w *world) applyRollout() {
	r := &kruisev1beta1.Rollout{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: rolloutName, Finalizers: []string{kruiseFinalizer}},
		Spec: kruisev1beta1.RolloutSpec{
			WorkloadRef: kruisev1beta1.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Name: stableName},
			Strategy:    kruisev1beta1.RolloutStrategy{Canary: &kruisev1beta1.CanaryStrategy{EnableExtraWorkloadForCanary: true}},
		},
	}
	if w.Patched {
		r.Spec.Strategy.Canary.PatchPodTemplateMetadata = &kruisev1beta1.PatchPodTemplateMetadata{Labels: map[string]string{tagLabel: "canary"}}
	} else {
		r.Annotations = map[string]string{apiv1.AnnotationLane: "canary"}
	}
	w.store.put(r)
	w.kruise = kruise{world: w, stage: stageIdle, canaries: w.kruise.canaries, last: w.kruise.last, earlier: map[string]bool{}}
}

func (k *kruise) rollout() *kruisev1beta1.Rollout {
	return get[*kruisev1beta1.Rollout](k.world.store, namespace, rolloutName)
}

// phase writes the Rollout's phase and leaves its conditions.
func (k *kruise) phase(phase string) {
	r := k.rollout()
	r.Status.Phase = kruisev1beta1.RolloutPhase(phase)
	k.world.store.put(r)
}

// reason writes phase Progressing with a reason, and what condition Succeeded
// says; nothing of it when succeeded is empty. The time of the transition is when the
// release began, also when it is over.
func (k *kruise) reason(reason, succeeded string) {
	r := k.rollout()
	r.Status.Phase = "Progressing"
	r.Status.Conditions = []kruisev1beta1.RolloutCondition{{Type: kruisev1beta1.RolloutConditionProgressing,
		Status: corev1.ConditionTrue, Reason: reason, LastTransitionTime: metav1.NewTime(k.began.Truncate(time.Second))}}
	if succeeded != "" {
		r.Status.Conditions = append(r.Status.Conditions, kruisev1beta1.RolloutCondition{
			Type: kruisev1beta1.RolloutConditionSucceeded, Status: corev1.ConditionStatus(succeeded)})
	}
	k.world.store.put(r)
}

// mark sets the webhook's annotation on the workload, or takes it off.
func (k *kruise) mark(on bool) {
	d := get[*appsv1.Deployment](k.world.store, namespace, stableName)
	d.Annotations = nil
	if on {
		d.Annotations = map[string]string{inProgressing: fmt.Sprintf(`{"rolloutName":%q}`, rolloutName)}
	}
	k.world.store.put(d)
}

// active: a new template starts a release.
func (k *kruise) active() bool {
	r := k.rollout()
	return r != nil && r.DeletionTimestamp.IsZero() && k.stage != stageDisabled && k.stage != stageDisabling && k.stage != stageLost
}

// busy: there is something to do that nobody has to ask for.
func (k *kruise) busy() bool {
	switch k.stage {
	case stageIdle, stageDisabled, stageLost:
		return false
	case stageReleased:
		return k.again || k.approved || k.undone
	case stagePromoting:
		return k.promoted()
	}
	return k.rollout() != nil
}

// promoted: the stable Deployment has the new version.
func (k *kruise) promoted() bool {
	l := k.world.workloads[stableName]
	return l != nil && k.world.readyOf(l) >= l.replicas && k.world.oldPods(l) == 0
}

// tick makes Kruise's next write.
func (k *kruise) tick() {
	w := k.world
	switch k.stage {
	case stageMarked:
		if !time.Now().Truncate(time.Second).After(k.last) {
			w.run(initializing+time.Second, hitch{blind: true}) // nobody undoes and publishes within one moment
		}
		k.began = time.Now()
		k.reason("Initializing", "")
		k.stage = stageInitial
	case stageInitial:
		k.reason("InRolling", "")
		k.stage = stageRolling
	case stageRolling:
		k.createCanary()
		k.stage = stageCanary
	case stageCanary:
		w.makeReplicaSet(w.workloads[k.canary])
		w.workloads[k.canary].replicas = 1
		k.stage = stageReleased
	case stageReleased:
		k.leaveRelease()
	case stageFinalising:
		k.mark(false)
		w.roll(w.workloads[stableName])
		k.stage = stagePromoting
	case stagePromoting, stageCancelling:
		k.dropCanary()
		k.stage = stageEnding
	case stageEnding:
		k.end()
	case stageDisabling:
		k.phase("Disabled")
		k.stage = stageDisabled
	}
}

// leaveRelease follows what a person said: a third version, undo, or approve.
func (k *kruise) leaveRelease() {
	switch {
	case k.undone:
		k.reason("Cancelling", "")
		k.mark(false)
		k.stage = stageCancelling
	case k.again:
		k.dropCanary()
		k.reason("Initializing", "")
		k.again = false
		k.stage = stageInitial
	case k.approved:
		k.reason("Finalising", "")
		k.stage = stageFinalising
	}
}

// end writes that the release is over, and then that all is well.
func (k *kruise) end() {
	if r := k.rollout(); !r.DeletionTimestamp.IsZero() {
		r.Finalizers = nil
		k.world.store.drop(r)
		k.world.judge.undone = map[string]breach{} // nothing tells any more
		k.stage = stageIdle
		return
	}
	done := slices.ContainsFunc(k.rollout().Status.Conditions, func(c kruisev1beta1.RolloutCondition) bool { return c.Reason == "Completed" })
	if !done {
		succeeded := "True"
		if k.undone {
			succeeded = "False"
		}
		k.reason("Completed", succeeded)
		return
	}
	k.phase("Healthy")
	k.stage, k.approved, k.undone = stageIdle, false, false
}

func (k *kruise) createCanary() {
	w := k.world
	k.canaries++
	k.canary = fmt.Sprintf("mockb-canary%d", k.canaries)
	l := &workload{name: k.canary, service: "mockb", tag: "base", revision: 1, canaryOf: stableName}
	if w.Patched {
		l.tag = "canary"
	}
	w.workloads[k.canary] = l
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: k.canary, Labels: map[string]string{canaryLabel: stableName}}}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "mockb", "deployment": k.canary}}
	d.Spec.Template.Labels = templateOf(l)
	w.store.put(d)
	k.last = k.began.Truncate(time.Second).Add(initializing)
	if created := d.CreationTimestamp.Time; created.After(k.last) {
		k.last = created
	}
	d = d.DeepCopy()
	d.CreationTimestamp = metav1.NewTime(k.last)
	w.store.put(d)
}

// dropCanary leaves the canary Deployment, its ReplicaSet and pods to the garbage
// collector: the BatchRelease is gone that owned it.
func (k *kruise) dropCanary() {
	if k.canary != "" {
		k.world.workloads[k.canary].doomed = true
		k.canary = ""
	}
}

// release begins: what canaries there are, they are not its.
func (k *kruise) release() {
	k.mark(true)
	k.stage = stageMarked
	for _, l := range k.world.workloads {
		if l.canaryOf != "" {
			k.earlier[l.name] = true
		}
	}
}

// roll gives a workload a new template; its controller replaces the pods.
func (w *world) roll(l *workload) {
	l.revision++
	w.makeReplicaSet(l)
}

// oldPods counts the pods of a workload's older templates.
func (w *world) oldPods(l *workload) int {
	return len(slices.DeleteFunc(all[*corev1.Pod](w.store), func(p *corev1.Pod) bool {
		return w.workloadOf(p) != l || p.OwnerReferences[0].Name == l.replicaSet()
	}))
}
