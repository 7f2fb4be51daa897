package timeline

import (
	"context"
	"fmt"
	"strings"
	"sync"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Watch fills the timeline from the cluster until the context ends, and returns
// once it has seen what is there. Pods, Deployments and Rollouts are those of
// the namespace; traffic objects are ours, wherever they are.
func Watch(ctx context.Context, config *rest.Config, scheme *runtime.Scheme, namespace string, t *Timeline) error {
	reader, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	only := map[string]cache.Config{namespace: {}}
	c, err := cache.New(config, cache.Options{Scheme: scheme, ByObject: map[client.Object]cache.ByObject{
		&corev1.Pod{}:              {Namespaces: only},
		&appsv1.Deployment{}:       {Namespaces: only},
		&rolloutsv1beta1.Rollout{}: {Namespaces: only},
	}})
	if err != nil {
		return err
	}
	go func() { _ = c.Start(ctx) }() // it ends with the context
	w := &watcher{timeline: t, pods: map[string]podState{}, canaries: map[string]bool{}, stages: map[string]string{}, objects: objects{}}
	// Deployments first: they tell which pods are the baseline's.
	var deployments appsv1.DeploymentList
	if err := reader.List(ctx, &deployments, client.InNamespace(namespace)); err != nil {
		return fmt.Errorf("listing Deployments: %w", err)
	}
	w.begin(deployments.Items)
	for object, handle := range map[client.Object]func(client.Object, change){
		&corev1.Pod{}:                   w.pod,
		&appsv1.Deployment{}:            w.deployment,
		&rolloutsv1beta1.Rollout{}:      w.rollout,
		&networkingv1.VirtualService{}:  w.traffic,
		&networkingv1.DestinationRule{}: w.traffic,
	} {
		if err := follow(ctx, c, object, handle); err != nil {
			return fmt.Errorf("watching %T: %w", object, err)
		}
	}
	return nil
}

// change is how an object came to a handler.
type change int

const (
	present change = iota // when the watch began
	written
	deleted
)

func follow(ctx context.Context, c cache.Cache, object client.Object, handle func(client.Object, change)) error {
	informer, err := c.GetInformer(ctx, object)
	if err != nil {
		return err
	}
	registration, err := informer.AddEventHandler(toolscache.ResourceEventHandlerDetailedFuncs{
		AddFunc: func(o any, initial bool) {
			if initial {
				handle(o.(client.Object), present)
				return
			}
			handle(o.(client.Object), written)
		},
		UpdateFunc: func(old, o any) {
			// After a reconnect the informer repeats what it knows.
			if old.(client.Object).GetResourceVersion() != o.(client.Object).GetResourceVersion() {
				handle(o.(client.Object), written)
			}
		},
		DeleteFunc: func(o any) {
			if last, ok := o.(toolscache.DeletedFinalStateUnknown); ok {
				o = last.Obj
			}
			handle(o.(client.Object), deleted)
		},
	})
	if err != nil {
		return err
	}
	if !toolscache.WaitForCacheSync(ctx.Done(), registration.HasSynced) {
		return context.Cause(ctx)
	}
	return nil
}

// watcher turns objects into events, one per change that matters.
type watcher struct {
	timeline *Timeline
	mu       sync.Mutex // each kind has its own goroutine
	stable   map[string]bool
	pods     map[string]podState
	canaries map[string]bool // Deployments that are gone
	stages   map[string]string
	objects  objects
}

type podState struct {
	ip    string
	ready bool
}

func (w *watcher) begin(deployments []appsv1.Deployment) {
	w.stable = map[string]bool{}
	for _, d := range deployments {
		if d.Labels[canaryDeployment] != "" {
			continue
		}
		w.stable[d.Name] = true
		if app := d.Labels["app"]; app != "" {
			w.timeline.Add(Event{Kind: Baseline, Service: app, Version: versionOf(d.Spec.Template.Spec)})
		}
	}
}

func (w *watcher) pod(o client.Object, how change) {
	p := o.(*corev1.Pod)
	owner := ownerOf(p)
	if owner == "" || p.Labels["app"] == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	e := Event{Service: p.Labels["app"], Version: versionOf(p.Spec), Pod: p.Name, IP: p.Status.PodIP, Canary: !w.stable[owner]}
	add := func(k Kind) { e.Kind = k; w.timeline.Add(e) }
	s := w.pods[p.Name]
	if ip := p.Status.PodIP; ip != "" && ip != s.ip { // a restarted pod gets another
		add(PodSeen)
		s.ip = ip
	}
	if is := ready(p) && how != deleted; is != s.ready {
		add(map[bool]Kind{true: PodReady, false: PodEnds}[is])
		s.ready = is
	}
	w.pods[p.Name] = s
	if how == deleted {
		add(PodGone)
		delete(w.pods, p.Name)
	}
}

// deployment notes when a canary is taken away. The garbage collector deletes its pods
// after that, and a controller that follows the owner knows before it does.
func (w *watcher) deployment(o client.Object, how change) {
	d := o.(*appsv1.Deployment)
	w.mu.Lock()
	defer w.mu.Unlock()
	if d.Labels[canaryDeployment] == "" || how != deleted && d.DeletionTimestamp == nil || w.canaries[d.Name] {
		return
	}
	w.canaries[d.Name] = true
	w.timeline.Add(Event{Kind: CanaryGone, Service: d.Spec.Template.Labels["app"], Version: versionOf(d.Spec.Template.Spec), Detail: d.Name})
}

func (w *watcher) rollout(o client.Object, how change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	stage := "deleted"
	if how != deleted {
		stage = stageOf(o.(*rolloutsv1beta1.Rollout))
	}
	if w.stages[o.GetName()] == stage {
		return
	}
	w.stages[o.GetName()] = stage
	w.timeline.Add(Event{Kind: Stage, Service: strings.TrimPrefix(o.GetName(), "rollouts-"), Detail: stage})
}

func (w *watcher) traffic(o client.Object, how change) {
	if !ours(o) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	others := w.objects.othersLike(o, how == deleted)
	if how == present {
		return
	}
	detail := contentOf(o) + " #" + o.GetResourceVersion()
	if how == deleted {
		detail = "deleted: " + detail
	}
	w.timeline.Add(Event{Kind: Written, Service: serviceOf(o), Detail: detail})
	if kind, ok := management(o, how == deleted, others); ok {
		w.timeline.Add(Event{Kind: kind, Service: serviceOf(o)})
	}
}
