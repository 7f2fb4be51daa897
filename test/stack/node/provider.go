package node

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/virtual-kubelet/virtual-kubelet/errdefs"
	vknode "github.com/virtual-kubelet/virtual-kubelet/node"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// tokenCheck is how often tokens are looked at for renewal.
const tokenCheck = 20 * time.Second

// provider is the node's side of virtual-kubelet's pod controller.
type provider struct {
	ctx       context.Context
	config    Config
	client    kubernetes.Interface
	caches    *caches
	sources   sources
	addresses *addresses
	spawner   *spawner

	mu     sync.Mutex
	pods   map[types.NamespacedName]*podRun
	notify func(*corev1.Pod)
	lives  sync.WaitGroup
}

var (
	_ vknode.PodLifecycleHandler = (*provider)(nil)
	_ vknode.PodNotifier         = (*provider)(nil)
)

func newProvider(ctx context.Context, c Config, client kubernetes.Interface, caches *caches) (*provider, error) {
	addrs, err := newAddresses(c.PodCIDR, c.BridgeIP)
	if err != nil {
		return nil, err
	}
	p := &provider{
		ctx: ctx, config: c, client: client, caches: caches, addresses: addrs,
		sources: cachedSources{caches, c.CAFile}, spawner: newSpawner(),
		pods: map[types.NamespacedName]*podRun{},
	}
	p.lives.Go(p.renewTokens)
	return p, nil
}

func key(o metav1.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
}

// NotifyPods registers virtual-kubelet's interest in statuses.
func (p *provider) NotifyPods(_ context.Context, f func(*corev1.Pod)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notify = f
}

func (p *provider) report(pod *corev1.Pod) {
	p.mu.Lock()
	notify := p.notify
	p.mu.Unlock()
	if notify != nil && p.ctx.Err() == nil {
		notify(pod)
	}
}

// CreatePod starts the pod's life and returns at once.
func (p *provider) CreatePod(_ context.Context, pod *corev1.Pod) error {
	run := newPodRun(p.ctx, p, pod)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return p.ctx.Err()
	}
	p.pods[key(pod)] = run
	p.lives.Go(func() {
		run.live()
		p.left(run)
	})
	return nil
}

// left takes an ended pod off the books.
func (p *provider) left(run *podRun) {
	run.mu.Lock()
	ending, gone := run.ending, run.gone
	run.mu.Unlock()
	run.changed()
	if !ending && !gone {
		return // its containers have finished; the object stays until somebody deletes it
	}
	if !gone {
		run.forget(p.ctx)
	}
	p.drop(run)
}

func (p *provider) drop(run *podRun) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := key(run.current()); p.pods[k] == run {
		delete(p.pods, k)
	}
}

// UpdatePod takes changed labels, annotations and images over.
func (p *provider) UpdatePod(ctx context.Context, pod *corev1.Pod) error {
	run := p.find(key(pod))
	if run == nil {
		return p.CreatePod(ctx, pod)
	}
	if run.current().UID != pod.UID { // a namesake of a pod that was deleted by force
		run.end(0)
		return p.CreatePod(ctx, pod)
	}
	run.update(pod)
	return nil
}

// DeletePod begins the end of a pod. Virtual-kubelet calls it with the API's
// pod for a graceful deletion, and with ours, which has no deletion time, when
// the object is gone already.
func (p *provider) DeletePod(_ context.Context, pod *corev1.Pod) error {
	run := p.find(key(pod))
	if run == nil || run.current().UID != pod.UID {
		return errdefs.NotFoundf("pod %s is not on this node", key(pod))
	}
	grace := time.Duration(0)
	if pod.DeletionTimestamp != nil && pod.DeletionGracePeriodSeconds != nil {
		grace = time.Duration(*pod.DeletionGracePeriodSeconds) * time.Second
	}
	run.end(grace)
	select {
	case <-run.ended: // its containers had finished before
		run.forget(p.ctx)
		p.drop(run)
	default:
	}
	return nil
}

// GetPod returns the pod with the status that the node has given it.
func (p *provider) GetPod(_ context.Context, namespace, name string) (*corev1.Pod, error) {
	run := p.find(types.NamespacedName{Namespace: namespace, Name: name})
	if run == nil {
		return nil, errdefs.NotFoundf("pod %s/%s is not on this node", namespace, name)
	}
	return run.withStatus(), nil
}

// GetPodStatus is GetPod's status.
func (p *provider) GetPodStatus(ctx context.Context, namespace, name string) (*corev1.PodStatus, error) {
	pod, err := p.GetPod(ctx, namespace, name)
	if err != nil {
		return nil, err
	}
	return &pod.Status, nil
}

// GetPods lists what runs here.
func (p *provider) GetPods(context.Context) ([]*corev1.Pod, error) {
	var out []*corev1.Pod
	for _, run := range p.runs() {
		out = append(out, run.withStatus())
	}
	return out, nil
}

func (p *provider) find(k types.NamespacedName) *podRun {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pods[k]
}

func (p *provider) runs() []*podRun {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]*podRun, 0, len(p.pods))
	for _, run := range p.pods {
		out = append(out, run)
	}
	return out
}

func (p *provider) wait() {
	p.lives.Wait()
	p.spawner.close()
}

func (p *provider) services() ([]*corev1.Service, error) {
	return p.caches.services.Lister().List(labels.Everything())
}

// cachedSources reads from the watches.
type cachedSources struct {
	*caches
	caFile string
}

// ConfigMap stands in for the controller that publishes the API server's CA in
// every namespace, since that may come a moment after the first pod.
func (s cachedSources) ConfigMap(namespace, name string) (*corev1.ConfigMap, error) {
	cm, err := s.configMaps.Lister().ConfigMaps(namespace).Get(name)
	if !apierrors.IsNotFound(err) || name != "kube-root-ca.crt" || s.caFile == "" {
		return cm, err
	}
	ca, err := os.ReadFile(s.caFile)
	if err != nil {
		return nil, fmt.Errorf("CA of the API server: %w", err)
	}
	return &corev1.ConfigMap{Data: map[string]string{"ca.crt": string(ca)}}, nil
}

func (s cachedSources) Secret(namespace, name string) (*corev1.Secret, error) {
	return s.secrets.Lister().Secrets(namespace).Get(name)
}

func equalStatus(a, b corev1.PodStatus) bool { return equality.Semantic.DeepEqual(a, b) }
