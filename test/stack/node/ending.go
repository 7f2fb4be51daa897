package node

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// drainDelay is how long a pod of the mesh serves on after its deletion: the
// endpoint controller takes it out at once, but clients' Envoys learn of it a
// moment later, on a busy machine seconds later. In production a preStop hook does the
// same, and Istio's sidecar drains for as long (terminationDrainDuration).
const drainDelay = 5 * time.Second

// end begins the pod's end: it serves on for a while, gets SIGTERM, and SIGKILL
// when grace is over. A shorter grace given later counts.
func (r *podRun) end(grace time.Duration) {
	if grace <= 0 {
		r.mu.Lock()
		r.gone = true
		r.mu.Unlock()
		r.forceKill()
		return
	}
	time.AfterFunc(grace, r.forceKill)
	r.mu.Lock()
	first := !r.ending
	r.ending = true
	r.mu.Unlock()
	if first {
		time.AfterFunc(min(r.drainTime(), grace), r.requestStop)
	}
}

// drainTime is the wait before SIGTERM: the node's own for pods of the mesh,
// and what preStop hooks ask for.
func (r *podRun) drainTime() time.Duration {
	pod := r.current()
	wait := time.Duration(0)
	if r.sidecar != nil {
		wait = drainDelay
	}
	for _, c := range pod.Spec.Containers {
		if plan, err := planContainer(pod, c); err == nil && plan.Program.Router {
			wait = drainDelay
		}
		if l := c.Lifecycle; l != nil && l.PreStop != nil && l.PreStop.Sleep != nil {
			wait = max(wait, time.Duration(l.PreStop.Sleep.Seconds)*time.Second)
		}
	}
	return wait
}

// forget removes the object of a deleted pod whose processes are gone, as the
// kubelet does; virtual-kubelet would wait for the whole grace period.
func (r *podRun) forget(ctx context.Context) {
	pod := r.current()
	for ctx.Err() == nil {
		err := r.p.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
			GracePeriodSeconds: new(int64(0)), Preconditions: metav1.NewUIDPreconditions(string(pod.UID)),
		})
		if err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			return
		}
		r.logf("remove the ended pod's object: %v", err)
		sleep(ctx, startRetry)
	}
}

// changed computes the status and hands it to virtual-kubelet if it differs.
func (r *podRun) changed() {
	r.statusMu.Lock()
	defer r.statusMu.Unlock()
	r.mu.Lock()
	pod, gone := r.pod, r.gone
	r.mu.Unlock()
	if gone {
		return
	}
	status := r.state().status(pod, r.last, time.Now())
	if r.last != nil && equalStatus(*r.last, status) {
		return
	}
	r.last = &status
	report := pod.DeepCopy()
	report.Status = status
	r.p.report(report)
}

func (r *podRun) state() podState {
	s := podState{HostIP: r.p.config.BridgeIP, Since: r.since}
	r.mu.Lock()
	if r.network != nil {
		s.IP = r.network.ip.String()
	} else if r.last != nil {
		s.IP = r.last.PodIP // an ended pod keeps the address it had
	}
	r.mu.Unlock()
	for _, c := range r.init {
		s.Init = append(s.Init, c.snapshot())
	}
	for _, c := range r.containers {
		s.Containers = append(s.Containers, c.snapshot())
	}
	if r.sidecar != nil {
		s.Sidecar = new(r.sidecar.snapshot())
	}
	return s
}

// withStatus is the pod with the status that this node last reported.
func (r *podRun) withStatus() *corev1.Pod {
	r.statusMu.Lock()
	defer r.statusMu.Unlock()
	pod := r.current().DeepCopy()
	if r.last != nil {
		r.last.DeepCopyInto(&pod.Status)
	}
	return pod
}
