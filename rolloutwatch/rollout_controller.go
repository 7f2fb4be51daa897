package rolloutwatch

import (
	"context"
	"sync"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	apiv1 "lanekeeper.io/api/v1"
)

// rolloutReconciler reports Rollouts whose workload does not exist. Kruise says
// so in a status that few read, and nothing else would ever happen.
type rolloutReconciler struct {
	facts *Facts
	tell  *announcer
	// grace is how long the workload may be on its way.
	grace time.Duration
	now   func() time.Time

	mutex   sync.Mutex
	missing map[types.NamespacedName]*missing
}

// missing is a Rollout without its workload.
type missing struct {
	since    time.Time
	reported bool
}

// +kubebuilder:rbac:groups=rollouts.kruise.io,resources=rollouts,verbs=list;watch
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=list;watch

// Reconcile looks for a Rollout's workload and reports once that there is none.
func (r *rolloutReconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	var rollout kruisev1beta1.Rollout
	exists, err := found(ctx, r.facts.Client, req.NamespacedName, "", &rollout)
	if err != nil {
		return reconcile.Result{}, err
	}
	lost, err := r.lost(ctx, &rollout)
	if err != nil {
		return reconcile.Result{}, err
	}
	again, report := r.note(req.NamespacedName, exists && lost)
	if report {
		log.FromContext(ctx).Info("the Rollout's workload does not exist", "workload", rollout.Spec.WorkloadRef.Name)
		r.tell.send(ctx, workloadNotFound(&rollout))
	}
	return reconcile.Result{RequeueAfter: again}, nil
}

// lost: the Rollout means to release into a lane, and its workload does not
// exist. Only Deployments are looked for.
func (r *rolloutReconciler) lost(ctx context.Context, rollout *kruisev1beta1.Rollout) (bool, error) {
	ref := workloadRefOf(rollout)
	if going(rollout) || ref != deploymentRef(ref.name) {
		return false, nil
	}
	ok, err := found(ctx, r.facts.Client, types.NamespacedName{Namespace: rollout.Namespace, Name: ref.name}, "", &appsv1.Deployment{})
	if err != nil || ok {
		return false, err
	}
	catalog, err := r.facts.catalogs.get(ctx, r.facts.Client)
	if err != nil {
		return false, err
	}
	return catalog.concerns(rollout), nil
}

// concerns: the Rollout speaks of a lane, or lives beside a group's Services.
func (c *catalog) concerns(rollout *kruisev1beta1.Rollout) bool {
	if rollout.Annotations[apiv1.AnnotationLane] != "" {
		return true
	}
	labels := target(rollout).PodLabels
	for _, group := range c.groups {
		for _, key := range group.LabelKeys() {
			if _, ok := labels[key]; ok {
				return true
			}
		}
	}
	for service := range c.claims {
		if service.Namespace == rollout.Namespace {
			return true
		}
	}
	return false
}

// note remembers that a Rollout lacks its workload, and says when to look again
// and whether to report it now.
func (r *rolloutReconciler) note(name types.NamespacedName, lost bool) (time.Duration, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !lost {
		delete(r.missing, name)
		return 0, false
	}
	m := r.missing[name]
	if m == nil {
		m = &missing{since: r.now()}
		r.missing[name] = m
	}
	if wait := m.since.Add(r.grace).Sub(r.now()); wait > 0 {
		return wait, false
	}
	report := !m.reported
	m.reported = true
	return 0, report
}

func (r *rolloutReconciler) setup(mgr ctrl.Manager) (controller.Controller, error) {
	return ctrl.NewControllerManagedBy(mgr).
		Named("rollout").
		WatchesRawSource(source.Kind(mgr.GetCache(), &appsv1.Deployment{}, handler.TypedFuncs[*appsv1.Deployment, reconcile.Request]{
			CreateFunc: func(ctx context.Context, e event.TypedCreateEvent[*appsv1.Deployment], q queue) {
				r.enqueue(ctx, e.Object, q)
			},
			DeleteFunc: func(ctx context.Context, e event.TypedDeleteEvent[*appsv1.Deployment], q queue) {
				r.enqueue(ctx, e.Object, q)
			},
		})).
		Build(r)
}

// rollouts is the watch that may have to wait for Kruise's CRD.
func (r *rolloutReconciler) rollouts(mgr ctrl.Manager) source.Source {
	return source.Kind[client.Object](mgr.GetCache(), &kruisev1beta1.Rollout{}, &handler.EnqueueRequestForObject{}, rolloutChanged)
}

// enqueue adds the Rollout of a Deployment that came or went.
func (r *rolloutReconciler) enqueue(ctx context.Context, d *appsv1.Deployment, q queue) {
	if rollout, err := r.facts.rolloutOf(ctx, d.Namespace, deploymentRef(d.Name)); err == nil && rollout != nil {
		q.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(rollout)})
	}
}
