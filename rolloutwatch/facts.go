package rolloutwatch

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Facts says what is, from the caches. It is safe for concurrent use, and the
// objects it reads are never changed.
type Facts struct {
	// Client reads the cache. It needs the indexes that Facts.SetupWithManager
	// adds.
	Client client.Reader
	// Live reads the API server. It is asked only for an owner of a pod that
	// the cache has not seen yet; without it such a pod's owner is unknown.
	Live client.Reader

	catalogs catalogs
	// rollouts: Kruise's CRD is served, and Rollouts are cached.
	rollouts atomic.Bool
	// starts are called once they are.
	starts      []func() error
	startsMutex sync.Mutex
}

// Placements are the groups' Services that select a pod, with the pod as each
// of them sees it. The webhook asks for every new pod: in the ordinary case
// nothing but the cache is read. Where several groups name a Service, the oldest
// group's word counts, and its Services come first.
func (f *Facts) Placements(ctx context.Context, pod *corev1.Pod, namespace string) ([]lane.Placement, error) {
	catalog, err := f.catalogs.known(ctx, f.Client)
	if err != nil || !catalog.namespaces[namespace] {
		return nil, err
	}
	services, err := f.servicesOf(ctx, namespace, pod.Labels)
	if err != nil {
		return nil, err
	}
	services = catalog.oldestFirst(services)
	if len(services) == 0 {
		return nil, nil
	}
	top, err := f.workload(ctx, pod, namespace)
	if err != nil {
		return nil, err
	}
	out := make([]lane.Placement, len(services))
	for i, service := range services {
		group := catalog.owner(service).Group
		owner, err := f.owner(ctx, top, group, service)
		if err != nil {
			return nil, err
		}
		out[i] = lane.Placement{Group: group, Service: service, Pod: podFacts(pod, owner)}
	}
	return out, nil
}

// Snapshot is all that is known about one Service of a group, but for what the
// mesh has been told: TakenOver and Elsewhere are the caller's to fill in. A
// Service that leaves because an older group has it says so in Hold.
func (f *Facts) Snapshot(ctx context.Context, group string, service types.NamespacedName) (lane.Snapshot, error) {
	catalog, err := f.catalogs.get(ctx, f.Client)
	if err != nil {
		return lane.Snapshot{}, err
	}
	s := lane.Snapshot{Group: lane.Group{Name: group}, Service: lane.Service{Key: service}}
	owner, entry := catalog.owner(service), catalog.groups[group]
	if entry != nil {
		s.Group, s.Hold = entry.Group, entry.problem
	}
	if entry != nil && owner == entry {
		return s, f.fill(ctx, &s)
	}
	s.Leaving, s.Hold = true, nil
	if owner == nil {
		return s, f.fill(ctx, &s)
	}
	// Its pods are another group's business.
	if entry != nil && !entry.leaving && entry.Has(service) {
		s.Hold = claimed(service, owner)
	}
	return s, nil
}

func claimed(service types.NamespacedName, owner *groupEntry) *lane.Problem {
	return &lane.Problem{Reason: apiv1.ReasonConflict, Message: fmt.Sprintf(
		"Service %s belongs to the older group %s: take it out of one of them", service, owner.Name)}
}

// fill reads the Service, its pods, and the Rollouts that release them.
func (f *Facts) fill(ctx context.Context, s *lane.Snapshot) error {
	var service corev1.Service
	if err := f.Client.Get(ctx, s.Service.Key, &service, client.UnsafeDisableDeepCopy); err != nil {
		return client.IgnoreNotFound(err)
	}
	s.Service = serviceFacts(&service)
	if len(service.Spec.Selector) == 0 {
		return nil
	}
	pods, err := f.podsOf(ctx, &service)
	if err != nil {
		return err
	}
	owners := owners{facts: f, group: s.Group, service: s.Service.Key, seen: map[ownerKey]seenOwner{}}
	for i := range pods {
		owner, err := owners.of(ctx, &pods[i])
		if err != nil {
			return err
		}
		p := podFacts(&pods[i], owner.Owner)
		// The garbage collector deletes a pod whose owner is gone.
		p.Terminating = p.Terminating || owner.gone
		s.Pods = append(s.Pods, p)
	}
	s.Releases, err = f.releases(ctx, &service, s.Group, &owners)
	return err
}

func serviceFacts(s *corev1.Service) lane.Service {
	out := lane.Service{Key: client.ObjectKeyFromObject(s), Found: true}
	for _, p := range s.Spec.Ports {
		out.Ports = append(out.Ports, p.Port)
	}
	switch {
	case s.Spec.Type == corev1.ServiceTypeExternalName:
		out.Unsupported = "it is of type ExternalName, which has no pods: use a Service with a cluster IP"
	case s.Spec.ClusterIP == corev1.ClusterIPNone:
		out.Unsupported = "it is headless, so its clients choose the pod themselves: use a Service with a cluster IP"
	case len(s.Spec.Selector) == 0:
		out.Unsupported = "it has no selector, so its pods are not known: give it one"
	}
	return out
}

func podFacts(pod *corev1.Pod, owner lane.Owner) lane.Pod {
	return lane.Pod{
		Name: pod.Name, Version: pod.ResourceVersion, Labels: pod.Labels, Ready: podReady(pod),
		Terminating: !pod.DeletionTimestamp.IsZero(), Owner: owner,
	}
}

func podReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// podDead: the pod has ended and will never serve again.
func podDead(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded
}

// found reads an object and says whether it exists and is the one meant; uid
// is empty where any of that name will do.
func found(ctx context.Context, r client.Reader, key types.NamespacedName, uid types.UID, obj client.Object) (bool, error) {
	err := r.Get(ctx, key, obj, client.UnsafeDisableDeepCopy)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil && (uid == "" || obj.GetUID() == uid), err
}

// replicaSetMeta is an empty ReplicaSet as the cache knows it.
func replicaSetMeta() *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"}}
}
