package rolloutwatch

import (
	"context"
	"errors"
	"slices"

	"github.com/go-logr/logr"
	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// watches say which Services an event concerns.
type watches struct {
	facts    *Facts
	provider trafficprovider.Provider
}

// setup registers the service controller and returns it, for Rollouts to be
// watched when there are any.
func (r *serviceReconciler) setup(mgr ctrl.Manager, w watches, workers int) (controller.TypedController[serviceRequest], error) {
	b := builder.TypedControllerManagedBy[serviceRequest](mgr).
		Named("service").
		Watches(&corev1.Pod{}, w.pods(), builder.WithPredicates(podChanged)).
		Watches(&corev1.Service{}, w.handler(w.ofService), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
		Watches(&appsv1.Deployment{}, w.handler(w.ofDeployment), builder.WithPredicates(deploymentChanged)).
		Watches(&apiv1.ASMSwimLaneGroup{}, w.handler(w.ofGroup), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&apiv1.ASMSwimLane{}, w.handler(w.ofLane), builder.WithPredicates(laneChanged)).
		WithLogConstructor(serviceLog(mgr.GetLogger())).
		WithOptions(controller.TypedOptions[serviceRequest]{
			MaxConcurrentReconciles: workers, RateLimiter: backoff[serviceRequest](),
		})
	for _, object := range w.provider.Watched() {
		b = b.Watches(object, w.handler(w.ofTraffic), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}))
	}
	return b.Build(r)
}

// serviceLog names the Service in every line about it.
func serviceLog(log logr.Logger) func(*serviceRequest) logr.Logger {
	log = log.WithValues("controller", "service")
	return func(req *serviceRequest) logr.Logger {
		if req == nil {
			return log
		}
		return log.WithValues("group", req.Group, "service", req.Service.String())
	}
}

// rollouts is the watch that may have to wait for Kruise's CRD.
func (w watches) rollouts(mgr ctrl.Manager) source.TypedSource[serviceRequest] {
	return source.TypedKind[client.Object](mgr.GetCache(), &kruisev1beta1.Rollout{}, w.handler(w.ofRollout), rolloutChanged)
}

// mapping says which Services an event of an object concerns.
type mapping = func(context.Context, *catalog, client.Object) ([]serviceRequest, error)

// handler enqueues what mapping says, for the old and for the new object. A
// mapping reads the cache only, so its errors are those of a shutdown.
func (w watches) handler(mapping mapping) handler.TypedEventHandler[client.Object, serviceRequest] {
	return w.handlerOf(w.facts.catalogs.get, mapping)
}

// handlerOf is handler with the catalog that read returns.
func (w watches) handlerOf(read func(context.Context, client.Reader) (*catalog, error), mapping mapping) handler.TypedEventHandler[client.Object, serviceRequest] {
	return handler.TypedEnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) []serviceRequest {
		var requests []serviceRequest
		catalog, err := read(ctx, w.facts.Client)
		if err == nil {
			requests, err = mapping(ctx, catalog, o)
		}
		if err != nil {
			log.FromContext(ctx).Error(err, "a change was missed, because the cache could not be read, and is not tried again: restart the managers", "namespace", o.GetNamespace(), "name", o.GetName())
		}
		return requests
	})
}

// ofPod hears of every pod of the cluster, most of which are no business of any
// group.
func (w watches) ofPod(ctx context.Context, c *catalog, o client.Object) ([]serviceRequest, error) {
	if !c.namespaces[o.GetNamespace()] {
		return nil, nil
	}
	return w.selecting(ctx, c, o.GetNamespace(), o.GetLabels())
}

func (w watches) ofDeployment(ctx context.Context, c *catalog, o client.Object) ([]serviceRequest, error) {
	return w.selecting(ctx, c, o.GetNamespace(), o.(*appsv1.Deployment).Spec.Template.Labels)
}

func (w watches) ofService(_ context.Context, c *catalog, o client.Object) ([]serviceRequest, error) {
	return c.requests(client.ObjectKeyFromObject(o)), nil
}

// ofRollout goes by the workload's template, or by its canary's, which lives on when
// the workload is deleted. A workload of a kind that is not cached may be behind
// any Service of the namespace.
func (w watches) ofRollout(ctx context.Context, c *catalog, o client.Object) ([]serviceRequest, error) {
	ref := workloadRefOf(o.(*kruisev1beta1.Rollout))
	if ref != deploymentRef(ref.name) {
		var out []serviceRequest
		for service := range c.claims {
			if service.Namespace == o.GetNamespace() {
				out = append(out, c.requests(service)...)
			}
		}
		return out, nil
	}
	var stable appsv1.Deployment
	key := types.NamespacedName{Namespace: o.GetNamespace(), Name: ref.name}
	ok, err := found(ctx, w.facts.Client, key, "", &stable)
	if err != nil {
		return nil, err
	}
	if ok {
		return w.ofDeployment(ctx, c, &stable)
	}
	canaries, err := w.facts.canariesOf(ctx, key)
	var out []serviceRequest
	for i := range canaries {
		services, listing := w.ofDeployment(ctx, c, &canaries[i])
		out, err = append(out, services...), errors.Join(err, listing)
	}
	return out, err
}

// ofGroup are the group's Services, for every group that names them: which of
// several groups has them may change.
func (w watches) ofGroup(_ context.Context, c *catalog, o client.Object) ([]serviceRequest, error) {
	w.facts.catalogs.outdated()
	var out []serviceRequest
	for _, s := range o.(*apiv1.ASMSwimLaneGroup).Spec.Services {
		service := types.NamespacedName{Namespace: s.Namespace, Name: s.Name}
		out = append(out, serviceRequest{o.GetName(), service})
		out = append(out, c.requests(service)...)
	}
	return out, nil
}

func (w watches) ofLane(_ context.Context, c *catalog, o client.Object) ([]serviceRequest, error) {
	w.facts.catalogs.outdated()
	group := c.groups[o.GetLabels()[apiv1.LabelSwimLaneGroup]]
	if group == nil {
		return nil, nil
	}
	out := make([]serviceRequest, len(group.Services))
	for i, service := range group.Services {
		out[i] = serviceRequest{group.Name, service}
	}
	return out, nil
}

// ofTraffic goes by the labels of our objects, so that Services which left
// their group while nobody looked are found too, and by the hosts of others'.
func (w watches) ofTraffic(_ context.Context, c *catalog, o client.Object) ([]serviceRequest, error) {
	out := c.affected(w.provider.Affects(o))
	concern, ok := w.provider.Concerns(o)
	if !ok {
		return out, nil
	}
	for _, service := range append([]types.NamespacedName{concern.Service}, concern.Entries...) {
		if service.Name != "" {
			out = append(out, serviceRequest{concern.Group, service})
		}
	}
	return out, nil
}

// affected are the Services of groups that an object of somebody else speaks
// for, sorted.
func (c *catalog) affected(a trafficprovider.Affected) []serviceRequest {
	services := a.Services
	for service := range c.claims {
		if a.Matches != nil && a.Matches(service) {
			services = append(services, service)
		}
	}
	slices.SortFunc(services, lane.CompareKeys)
	var out []serviceRequest
	for _, service := range slices.Compact(services) {
		out = append(out, c.requests(service)...)
	}
	return out
}

func (w watches) selecting(ctx context.Context, c *catalog, namespace string, labels map[string]string) ([]serviceRequest, error) {
	services, err := w.facts.servicesOf(ctx, namespace, labels)
	var out []serviceRequest
	for _, service := range services {
		out = append(out, c.requests(service)...)
	}
	return out, err
}

// requests are for every group that names the Service.
func (c *catalog) requests(service types.NamespacedName) []serviceRequest {
	var out []serviceRequest
	for _, group := range c.claims[service] {
		out = append(out, serviceRequest{group.Name, service})
	}
	return out
}
