package node

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// sourceChanged follows a Secret or ConfigMap of a namespace into the volumes
// of its pods. Writing compares first, so a change that concerns nobody costs
// little.
func (p *provider) sourceChanged(namespace string) {
	for _, run := range p.runs() {
		if run.current().Namespace == namespace {
			p.syncVolumes(run)
		}
	}
}

func (p *provider) syncVolumes(run *podRun) {
	if run.kill.Err() != nil || !run.started.Load() { // its start insists by itself
		return
	}
	if err := run.syncVolumes(); err != nil && run.kill.Err() == nil {
		run.logf("update volumes: %v", err)
	}
}

// servicesChanged brings new names to pods that run already.
func (p *provider) servicesChanged() {
	for _, run := range p.runs() {
		if err := run.syncHosts(); err != nil && run.kill.Err() == nil {
			run.logf("update /etc/hosts: %v", err)
		}
	}
}

// podChanged looks at changes that virtual-kubelet passes over: conditions
// that others keep for a readiness gate, and a Ready that the node lifecycle
// controller has taken away while the API server was out of reach.
func (p *provider) podChanged(pod *corev1.Pod) {
	run := p.find(key(pod))
	if run == nil || run.current().UID != pod.UID {
		return
	}
	if len(pod.Spec.ReadinessGates) > 0 {
		run.setConditions(pod.Status.Conditions)
		run.changed()
	}
	if ours := run.withStatus(); readiness(ours) != readiness(pod) && p.ctx.Err() == nil {
		go run.repeat(time.Second)
	}
}

// repeat writes the status again if the API still disagrees after a while,
// which is enough for a write that is under way.
func (r *podRun) repeat(after time.Duration) {
	if !sleep(r.kill, after) {
		return
	}
	ours := r.withStatus()
	theirs, err := r.p.caches.pods.Lister().Pods(ours.Namespace).Get(ours.Name)
	if err != nil || theirs.UID != ours.UID || readiness(theirs) == readiness(ours) {
		return
	}
	patcher := statusPatcher{r.p.client.CoreV1(), r.p.config.Log}
	_, _ = patcher.Pods(ours.Namespace).UpdateStatus(r.kill, ours, metav1.UpdateOptions{}) // it logs its errors
}

// setConditions keeps the API's conditions on our copy of the pod.
func (r *podRun) setConditions(list []corev1.PodCondition) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pod := r.pod.DeepCopy()
	pod.Status.Conditions = list
	r.pod = pod
}

func readiness(pod *corev1.Pod) corev1.ConditionStatus {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status
		}
	}
	return corev1.ConditionUnknown
}

// renewTokens lets the volumes ask for tokens that are due.
func (p *provider) renewTokens() {
	for sleep(p.ctx, tokenCheck) {
		for _, run := range p.runs() {
			p.syncVolumes(run)
		}
	}
}

// processes pairs the processes of the machine with the containers they
// belong to.
func (p *provider) processes() []Process {
	spaces := inSpaces()
	var out []Process
	for _, run := range p.runs() {
		pod := run.current()
		all := run.containers
		if run.sidecar != nil {
			all = append([]*container{run.sidecar}, all...)
		}
		for _, c := range all {
			proc := c.process()
			if proc == nil || proc.space == "" {
				continue
			}
			for _, found := range spaces[proc.space] {
				found.Namespace, found.Pod, found.Container = pod.Namespace, pod.Name, c.snapshot().Name
				out = append(out, found)
			}
		}
	}
	return out
}
