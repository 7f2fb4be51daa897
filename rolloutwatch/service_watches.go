package rolloutwatch

import (
	"context"
	"fmt"
	"slices"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/trafficprovider"
)

// serviceWatches map the events of objects to the Services that they concern.
type serviceWatches struct {
	cluster  *facts.Cluster
	provider trafficprovider.Provider
}

// rollouts is the source of Rollouts, which may have to wait for Kruise's CRD.
func (w serviceWatches) rollouts(mgr ctrl.Manager) source.TypedSource[lane.GroupService] {
	return source.TypedKind[client.Object](mgr.GetCache(), &kruisev1beta1.Rollout{}, w.handler(w.ofRollout), facts.RolloutChanged)
}

// workloads is the source of a kind of workloads that may have to wait for its CRD.
func (w serviceWatches) workloads(mgr ctrl.Manager, kind client.Object) source.TypedSource[lane.GroupService] {
	return source.TypedKind[client.Object](mgr.GetCache(), kind, w.handler(w.ofWorkload), facts.WorkloadChanged)
}

// followOptional reads and watches a kind of the mesh that is served now.
func (w serviceWatches) followOptional(ctx context.Context, mgr ctrl.Manager, kind client.Object, service controller.TypedController[lane.GroupService]) error {
	if err := w.provider.IndexOptional(ctx, mgr.GetFieldIndexer(), kind); err != nil {
		return err
	}
	if _, err := mgr.GetCache().GetInformer(ctx, kind); err != nil {
		return fmt.Errorf("watching %T: %w", kind, err)
	}
	w.provider.ReadOptional(kind)
	return service.Watch(source.TypedKind(mgr.GetCache(), kind, w.handler(w.ofTraffic)))
}

// mapping returns the Services that an event of an object concerns.
type mapping = func(context.Context, *facts.Registry, client.Object) ([]lane.GroupService, error)

// handler enqueues what mapping returns for the old and for the new object. A mapping
// reads the cache only, so its errors are those of a shutdown.
func (w serviceWatches) handler(mapping mapping) handler.TypedEventHandler[client.Object, lane.GroupService] {
	return handler.TypedEnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) []lane.GroupService {
		var members []lane.GroupService
		registry, err := w.cluster.Registry(ctx)
		if err == nil {
			members, err = mapping(ctx, registry, o)
		}
		if err != nil {
			log.FromContext(ctx).Error(err, "a change was missed, because the cache could not be read, and is not tried again: restart the managers", "namespace", o.GetNamespace(), "name", o.GetName())
		}
		return members
	})
}

// ofPod is called for every pod of the cluster.
func (w serviceWatches) ofPod(ctx context.Context, r *facts.Registry, o client.Object) ([]lane.GroupService, error) {
	return w.cluster.MembersWithPod(ctx, r, o.GetNamespace(), o.GetLabels())
}

func (w serviceWatches) ofWorkload(ctx context.Context, r *facts.Registry, o client.Object) ([]lane.GroupService, error) {
	return w.cluster.MembersWithWorkload(ctx, r, o)
}

// ofService returns a Service of groups, and those that share the pods of any Service.
func (w serviceWatches) ofService(ctx context.Context, r *facts.Registry, o client.Object) ([]lane.GroupService, error) {
	out := r.Members(client.ObjectKeyFromObject(o))
	sharing, err := w.cluster.MembersSharing(ctx, r, o.(*corev1.Service))
	return append(out, sharing...), err
}

// ofNamespace returns the Services of groups in a namespace, whose annotations may be
// settings for all of them.
func (w serviceWatches) ofNamespace(_ context.Context, r *facts.Registry, o client.Object) ([]lane.GroupService, error) {
	return r.MembersIn(o.GetName()), nil
}

func (w serviceWatches) ofRollout(ctx context.Context, r *facts.Registry, o client.Object) ([]lane.GroupService, error) {
	return w.cluster.MembersWithRollout(ctx, r, o.(*kruisev1beta1.Rollout))
}

// ofGroup returns the group's Services, for every group that names them: which of several
// groups has them may change.
func (w serviceWatches) ofGroup(_ context.Context, r *facts.Registry, o client.Object) ([]lane.GroupService, error) {
	var out []lane.GroupService
	for _, service := range servicesOf(o) {
		out = append(out, lane.GroupService{Group: o.GetName(), Service: service})
		out = append(out, r.Members(service)...)
	}
	return out, nil
}

// ofGroupSharing returns the Services of groups that share pods with the group's: which of
// the groups labels the pods may change.
func (w serviceWatches) ofGroupSharing(ctx context.Context, r *facts.Registry, o client.Object) ([]lane.GroupService, error) {
	var out []lane.GroupService
	for _, key := range servicesOf(o) {
		var service corev1.Service
		if ok, err := w.cluster.Get(ctx, key, &service); err != nil {
			return out, err
		} else if !ok {
			continue
		}
		sharing, err := w.cluster.MembersSharing(ctx, r, &service)
		if err != nil {
			return out, err
		}
		out = append(out, sharing...)
	}
	return out, nil
}

func servicesOf(group client.Object) []types.NamespacedName {
	services := group.(*apiv1.ASMSwimLaneGroup).Spec.Services
	out := make([]types.NamespacedName, len(services))
	for i, s := range services {
		out[i] = types.NamespacedName{Namespace: s.Namespace, Name: s.Name}
	}
	return out
}

// changesOnly drops what a watch lists when it begins. The groups that are listed enqueue
// every Service that they name, so that nothing else needs to look for them at a start.
var changesOnly = predicate.Funcs{CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList }}

// ofLane returns the Services of the lane's group, and of those that name it as a baseline:
// whose lane it is is told to them.
func (w serviceWatches) ofLane(_ context.Context, r *facts.Registry, o client.Object) ([]lane.GroupService, error) {
	var out []lane.GroupService
	groups := append(r.WithBaseline(o.GetName()), groupOfLane(o))
	slices.Sort(groups)
	for _, name := range slices.Compact(groups) {
		group := r.Group(name)
		if group == nil {
			continue
		}
		for _, service := range group.Services {
			out = append(out, lane.GroupService{Group: group.Name, Service: service})
		}
	}
	return out, nil
}

// ofTraffic goes by the labels of our objects, so that Services which left their group
// while no manager ran are found, too, and by the hosts of foreign objects.
func (w serviceWatches) ofTraffic(ctx context.Context, r *facts.Registry, o client.Object) ([]lane.GroupService, error) {
	impact, _ := w.provider.ImpactOf(ctx, o) // an error means that the cache has stopped
	out := affected(r, impact)
	owner, ok := w.provider.OwnerOf(o)
	if !ok {
		return out, nil
	}
	for _, service := range append([]types.NamespacedName{owner.Service}, owner.Ingress...) {
		if service.Name != "" {
			out = append(out, lane.GroupService{Group: owner.Group, Service: service})
		}
	}
	return out, nil
}

// affected are the members of groups that a foreign object has an effect on, sorted.
func affected(r *facts.Registry, a trafficprovider.Impact) []lane.GroupService {
	services := a.Services
	if a.Matches != nil {
		services = append(services, r.Matching(a.Matches)...)
	}
	services = append(services, r.CalledFrom(a.Clients)...)
	slices.SortFunc(services, lane.CompareKeys)
	var out []lane.GroupService
	for _, service := range slices.Compact(services) {
		out = append(out, r.Members(service)...)
	}
	return out
}
