package node

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// podRun is one pod on this node, from its creation to its last process.
type podRun struct {
	p       *provider
	dir     string // logs; stays
	scratch string // volumes and specs; goes with the pod
	vols    *volumes
	since   time.Time

	// stop asks the pod to end itself, kill ends it; both end with the node.
	stop, kill             context.Context
	requestStop, forceKill context.CancelFunc
	ended                  chan struct{}
	started                atomic.Bool // the first container may have been

	mu         sync.Mutex
	pod        *corev1.Pod
	plan       podPlan
	network    *podNetwork
	prober     *prober
	init       []*container
	containers []*container
	sidecar    *container
	problem    error // keeps the whole pod from starting
	ending     bool
	gone       bool // the object is: there is nothing to report a status to

	hostsMu  sync.Mutex // held from reading the Services to having written them
	statusMu sync.Mutex // held while a status is computed and handed on, for their order
	last     *corev1.PodStatus
}

func newPodRun(ctx context.Context, p *provider, pod *corev1.Pod) *podRun {
	r := &podRun{p: p, pod: pod, since: time.Now(), ended: make(chan struct{})}
	r.kill, r.forceKill = context.WithCancel(ctx)
	r.stop, r.requestStop = context.WithCancel(r.kill)
	r.dir = filepath.Join(p.config.Dir, pod.Namespace+"_"+pod.Name)
	r.scratch = filepath.Join(r.dir, string(pod.UID))
	r.plan, r.problem = planPod(pod)
	for _, pc := range r.plan.Init {
		r.init = append(r.init, newContainer(r, pc))
	}
	for _, pc := range r.plan.Containers {
		r.containers = append(r.containers, newContainer(r, pc))
	}
	if r.problem != nil { // show the spec's containers as waiting
		for _, c := range pod.Spec.Containers {
			r.containers = append(r.containers, newContainer(r, plannedContainer{Spec: c, Err: r.problem}))
		}
	}
	if r.plan.Sidecar != nil {
		r.sidecar = newContainer(r, *r.plan.Sidecar)
	}
	return r
}

// live is the pod's life; it returns when all of its processes are gone.
func (r *podRun) live() {
	defer close(r.ended)
	defer r.cleanUp()
	r.changed()
	if !r.prepare() {
		return
	}
	r.started.Store(true)
	r.p.syncVolumes(r) // what has changed since its start wrote them
	for _, c := range r.init {
		if !c.complete(r.stop, r.kill) {
			return
		}
	}
	var apps, sidecar sync.WaitGroup
	appsDone, cancel := context.WithCancel(r.stop)
	defer cancel()
	if r.sidecar != nil {
		sidecar.Go(func() { r.sidecar.supervise(appsDone, r.kill) })
	}
	for _, c := range r.containers {
		apps.Go(func() { c.supervise(r.stop, r.kill) })
	}
	apps.Wait()
	cancel() // a pod whose containers have all finished needs no sidecar
	sidecar.Wait()
}

// prepare does what must be done before the first container, until it works.
func (r *podRun) prepare() bool {
	for _, step := range []func() error{r.makeDirs, r.connect, r.syncHosts, r.syncVolumes, r.capture} {
		if !r.insist(step) {
			return false
		}
	}
	return true
}

// insist repeats a step until it works or the pod is to end.
func (r *podRun) insist(step func() error) bool {
	said := ""
	for {
		err := step()
		if r.stop.Err() != nil {
			return false
		}
		if err == nil {
			return true
		}
		if said != err.Error() {
			said = err.Error()
			r.logf("not started yet: %v", err)
		}
		for _, c := range r.containers {
			c.waitFor(waitReason{reasonCreating, err})
		}
		if !sleep(r.stop, startRetry) {
			return false
		}
	}
}

func (r *podRun) makeDirs() error {
	return os.MkdirAll(r.scratch, 0o755)
}

// connect gives the pod its address.
func (r *podRun) connect() error {
	ip, err := r.p.addresses.take()
	if err != nil {
		return err
	}
	network, err := newPodNetwork(r.p.config.Bridge, r.p.config.BridgeIP, ip, r.p.addresses.cidr.Bits())
	if err != nil {
		r.p.addresses.free(ip)
		return err
	}
	r.mu.Lock()
	r.network, r.prober = network, newProber(network)
	r.vols = &volumes{dir: filepath.Join(r.scratch, "volumes"), facts: r.facts(), src: r.p.sources, tokens: &tokens{client: r.p.client}}
	r.mu.Unlock()
	r.changed()
	return nil
}

// facts needs the network.
func (r *podRun) facts() podFacts {
	c := r.p.config
	return podFacts{IP: r.network.ip.String(), NodeName: c.Name, HostIP: c.BridgeIP, APIServer: c.APIServer}
}

// syncVolumes is called again whenever a source may have changed.
func (r *podRun) syncVolumes() error {
	r.mu.Lock()
	vols, pod, list := r.vols, r.pod, r.plan.Volumes
	r.mu.Unlock()
	if vols == nil {
		return nil
	}
	return vols.sync(r.kill, pod, list)
}

// syncHosts rewrites the pod's /etc/hosts.
func (r *podRun) syncHosts() error {
	r.hostsMu.Lock()
	defer r.hostsMu.Unlock()
	r.mu.Lock()
	pod, network := r.pod, r.network
	r.mu.Unlock()
	if network == nil { // not connected yet, or ended
		return nil
	}
	services, err := r.p.services()
	if err != nil {
		return err
	}
	return rewriteInPlace(r.hostsFile(), renderHosts(pod, network.ip.String(), r.p.config.BridgeIP, services))
}

func (r *podRun) hostsFile() string { return filepath.Join(r.scratch, "hosts") }

// capture sets the redirection to Envoy up, before anything runs in the pod.
func (r *podRun) capture() error {
	if r.sidecar == nil {
		return nil
	}
	const name = "istio-init"
	spec, err := r.childSpec(plannedContainer{Spec: corev1.Container{Name: name}, Program: program{Argv: captureArgv()}})
	if err != nil {
		return err
	}
	proc, err := r.launch(r.stop, name, spec)
	if err != nil {
		return err
	}
	select {
	case <-proc.done:
	case <-r.stop.Done():
		endProcess(r.kill, proc)
		<-proc.done
	}
	if proc.exit.Code != 0 {
		return fmt.Errorf("traffic capture failed with exit code %d, see %s (is the package iptables installed?)",
			proc.exit.Code, filepath.Join(r.dir, name+".log"))
	}
	return nil
}

// launch starts a container's first process.
func (r *podRun) launch(ctx context.Context, name string, spec childSpec) (*process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	log, err := openLog(r.dir, name, spec.UID, spec.GID)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	return r.p.spawner.run(launch{Spec: spec, SpecFile: filepath.Join(r.scratch, name+".json"), Log: log, NetNS: r.network.ns})
}

// cleanUp leaves nothing but logs.
func (r *podRun) cleanUp() {
	r.mu.Lock()
	network, vols := r.network, r.vols
	r.network = nil
	r.mu.Unlock()
	if vols != nil {
		vols.close()
	}
	r.hostsMu.Lock() // nobody writes it from now on
	defer r.hostsMu.Unlock()
	if network != nil {
		network.close()
		r.p.addresses.free(network.ip)
	}
	if err := os.RemoveAll(r.scratch); err != nil {
		r.logf("remove its files: %v", err)
	}
}

// current is the pod as the API has it.
func (r *podRun) current() *corev1.Pod {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pod
}

func (r *podRun) logf(format string, args ...any) {
	pod := r.current()
	line := fmt.Sprintf(format, args...)
	_, _ = io.WriteString(r.p.config.Log, fmt.Sprintf("%s pod %s/%s: %s\n",
		time.Now().Format("15:04:05.000"), pod.Namespace, pod.Name, strings.TrimSpace(line)))
}
