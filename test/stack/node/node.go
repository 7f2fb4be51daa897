package node

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	vknode "github.com/virtual-kubelet/virtual-kubelet/node"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
)

// podWorkers is how many pods virtual-kubelet creates or deletes at a time.
// Our handlers only start goroutines, so this bounds nothing expensive.
const podWorkers = 20

// readyTimeout bounds the start of the node; a working API server needs less
// than a second, unless the machine is busy.
const readyTimeout = 2 * time.Minute

// Config is what a node needs to know of the stack around it.
type Config struct {
	Name      string // name of the Node object
	REST      *rest.Config
	Dir       string // scratch folder for the pods' files and logs
	Bridge    string // an existing bridge in our network namespace, e.g. "cni0"
	BridgeIP  string // its address, e.g. "10.244.0.1": istiod answers there
	PodCIDR   string // the bridge's range, e.g. "10.244.0.0/16"
	Bin       string // folder with envoy, pilot-agent, mockapp, lanekeeper
	Bootstrap string // path of Istio's envoy_bootstrap.json
	APIServer string // host:port at which pods reach the API server
	CAFile    string // CA of the API server
	Log       io.Writer
}

// Node runs the pods that the scheduler binds to it.
type Node struct {
	provider *provider
	workers  sync.WaitGroup
}

// Run registers the node and returns once its object is ready and pods can be
// bound to it. The node works until ctx ends; then every pod is killed.
func Run(ctx context.Context, c Config) (*Node, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	rc := rest.CopyConfig(c.REST)
	rc.QPS, rc.Burst = 500, 1000 // a few hundred pods start at once in the bench
	client, err := kubernetes.NewForConfig(rc)
	if err != nil {
		return nil, fmt.Errorf("node %s: client for the API server: %w", c.Name, err)
	}
	caches := newCaches(client, c.Name)
	p, err := newProvider(ctx, c, client, caches)
	if err != nil {
		return nil, err
	}
	n := &Node{provider: p}
	if err := n.start(ctx, c, client, caches); err != nil {
		return nil, fmt.Errorf("node %s: %w", c.Name, err)
	}
	return n, nil
}

func (n *Node) start(ctx context.Context, c Config, client kubernetes.Interface, caches *caches) error {
	pods, err := vknode.NewPodController(vknode.PodControllerConfig{
		PodClient:         statusPatcher{client.CoreV1(), c.Log},
		PodInformer:       caches.pods,
		EventRecorder:     &record.FakeRecorder{}, // it says "updated pod" at every label change
		Provider:          n.provider,
		ConfigMapInformer: caches.configMaps,
		SecretInformer:    caches.secrets,
		ServiceInformer:   caches.services,
		// The default limiter lets only ten pods a second through.
		SyncPodsFromKubernetesRateLimiter:    quickRetry(),
		DeletePodsFromKubernetesRateLimiter:  quickRetry(),
		SyncPodStatusFromProviderRateLimiter: quickRetry(),
		SkipDownwardAPIResolution:            true, // env.go does it, at each start of a container
	})
	if err != nil {
		return fmt.Errorf("pod controller: %w", err)
	}
	object, err := newNodeController(c, client)
	if err != nil {
		return err
	}
	if err := caches.start(ctx, n.provider); err != nil {
		return err
	}
	n.workers.Go(func() { _ = pods.Run(ctx, podWorkers) })
	n.workers.Go(func() { _ = object.Run(ctx) })

	wait, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for _, part := range []controller{pods, object} {
		if err := waitReady(wait, part); err != nil {
			return err
		}
	}
	return openForPods(wait, client, c.Name)
}

// controller is what both of virtual-kubelet's controllers have in common.
type controller interface {
	Ready() <-chan struct{}
	Done() <-chan struct{}
	Err() error
}

func waitReady(ctx context.Context, c controller) error {
	select {
	case <-c.Ready():
		return nil
	case <-c.Done():
		return fmt.Errorf("%T ended before it was ready: %w", c, c.Err())
	case <-ctx.Done():
		return fmt.Errorf("%T is not ready, is the API server up? %w", c, ctx.Err())
	}
}

func quickRetry() workqueue.TypedRateLimiter[any] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[any](5*time.Millisecond, 2*time.Second)
}

// Wait returns when, after the context of Run has ended, no process of any pod
// is left.
func (n *Node) Wait() {
	n.workers.Wait()
	n.provider.wait()
}

// Process is one process of a pod.
type Process struct {
	Namespace, Pod, Container string
	Command                   string
	PID                       int
}

// Processes lists what runs now, children of the containers' first processes
// (such as Envoy below pilot-agent) included.
func (n *Node) Processes() []Process { return n.provider.processes() }

// Signal sends sig to every process of a container, or of the whole pod (its
// sidecar included) when container is empty. The sidecar's container is named
// SidecarName.
func (n *Node) Signal(namespace, pod, container string, sig syscall.Signal) error {
	sent := 0
	for _, p := range n.Processes() {
		if p.Namespace != namespace || p.Pod != pod || (container != "" && p.Container != container) {
			continue
		}
		if err := syscall.Kill(p.PID, sig); err == nil {
			sent++
		}
	}
	if sent == 0 {
		return fmt.Errorf("signal %s: pod %s/%s has no running process in container %q on this node", sig, namespace, pod, container)
	}
	return nil
}

func (c *Config) check() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("node %s needs root for network and mount namespaces: run it with sudo", c.Name)
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	for _, dir := range []*string{&c.Dir, &c.Bin} {
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return fmt.Errorf("node %s: folder %q: %w", c.Name, *dir, err)
		}
		*dir = abs
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return fmt.Errorf("node %s: scratch folder: %w", c.Name, err)
	}
	if _, err := os.Stat(c.Bootstrap); err != nil {
		return fmt.Errorf("node %s: Istio's bootstrap template is missing, set Config.Bootstrap to envoy_bootstrap.json of the istio module: %w", c.Name, err)
	}
	return nil
}
