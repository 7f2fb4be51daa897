package node

import (
	"cmp"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
)

// resolvConf makes a name that /etc/hosts lacks fail at once: nothing answers
// there, and the kernel says so.
const resolvConf = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"

// childSpec resolves a plan into the exact process to start.
func (r *podRun) childSpec(plan plannedContainer) (childSpec, error) {
	pod := r.current()
	env, err := buildEnv(pod, plan.Spec, plan.Program, r.facts(), r.p.sources)
	if err != nil {
		return childSpec{}, err
	}
	always, err := r.commonMounts()
	if err != nil {
		return childSpec{}, err
	}
	mounts, err := plan.mounts(r.vols, always)
	if err != nil {
		return childSpec{}, err
	}
	return childSpec{
		Argv: expandAll(plan.Program.Argv, env.values), Env: env.list(),
		Dir: cmp.Or(plan.Spec.WorkingDir, "/"), UID: plan.UID, GID: plan.GID,
		Hostname: pod.Name, Mounts: mounts,
	}, nil
}

// commonMounts is what every container gets besides its volumes.
func (r *podRun) commonMounts() ([]mount, error) {
	resolv := filepath.Join(r.scratch, "resolv.conf")
	if err := os.WriteFile(resolv, []byte(resolvConf), 0o644); err != nil {
		return nil, err
	}
	return []mount{
		{Source: r.p.config.Bin, Target: binDir, ReadOnly: true},
		{Source: r.p.config.Bootstrap, Target: bootstrapPath, ReadOnly: true},
		{Source: r.hostsFile(), Target: "/etc/hosts"},
		{Source: resolv, Target: "/etc/resolv.conf"},
	}, nil
}

// update takes a changed pod over: labels and annotations reach the downward
// API's files, a new image restarts its container in place.
func (r *podRun) update(pod *corev1.Pod) {
	r.mu.Lock()
	r.pod = pod
	r.mu.Unlock()
	if err := r.syncVolumes(); err != nil {
		r.logf("update volumes: %v", err)
	}
	for i, c := range pod.Spec.Containers {
		plan, err := planContainer(pod, c)
		if err != nil {
			plan = plannedContainer{Spec: c, Err: err}
		}
		if i < len(r.containers) {
			r.containers[i].replace(plan)
		}
	}
	r.changed()
}
