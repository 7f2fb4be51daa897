package node

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// podPlan is what a pod becomes on this node.
type podPlan struct {
	Volumes    []corev1.Volume
	Init       []plannedContainer // one after the other, before the others
	Containers []plannedContainer // in the order of the spec
	Sidecar    *plannedContainer
}

// plannedContainer is a container that can be run, or the reason why not.
type plannedContainer struct {
	Spec     corev1.Container
	Program  program
	UID, GID int
	Err      error // no program for its image
}

// planPod is pure: the same pod gives the same plan.
func planPod(pod *corev1.Pod) (podPlan, error) {
	plan := podPlan{Volumes: slices.Clone(pod.Spec.Volumes)}
	var err error
	if plan.Init, err = planInit(pod); err != nil {
		return podPlan{}, err
	}
	proxied := false
	for _, c := range pod.Spec.Containers {
		pc, err := planContainer(pod, c)
		if err != nil {
			return podPlan{}, err
		}
		proxied = proxied || pc.Program.Router
		plan.Containers = append(plan.Containers, pc)
	}
	if hasSidecar(pod) && !proxied {
		spec, argv, err := proxyContainer(pod, SidecarName, "sidecar")
		if err != nil {
			return podPlan{}, err
		}
		plan.Sidecar = &plannedContainer{Spec: spec, Program: program{Argv: argv}, UID: proxyUser, GID: proxyUser}
		proxied = true
	}
	if proxied {
		vols, _ := proxyVolumes()
		plan.Volumes = append(plan.Volumes, vols...)
	}
	return plan, nil
}

func planContainer(pod *corev1.Pod, c corev1.Container) (plannedContainer, error) {
	prog, err := programOf(pod, c)
	if err != nil {
		return plannedContainer{Spec: c, Err: err}, nil
	}
	if prog.Router {
		spec, argv, err := proxyContainer(pod, c.Name, "router")
		if err != nil {
			return plannedContainer{}, err
		}
		spec.Image = c.Image
		spec.Env = append(spec.Env, c.Env...) // the manifest's word is the last
		spec.VolumeMounts = append(spec.VolumeMounts, c.VolumeMounts...)
		if c.ReadinessProbe != nil {
			spec.ReadinessProbe = c.ReadinessProbe
		}
		prog.Argv, c = argv, spec
	}
	if c.ReadinessProbe == nil && len(c.Ports) > 0 {
		c.ReadinessProbe = portProbe(c.Ports[0])
	}
	uid, gid := userOf(pod, c, prog)
	return plannedContainer{Spec: c, Program: prog, UID: uid, GID: gid}, nil
}

// portProbe stands in for a readiness probe that the spec does not have: ready
// means that the port accepts, where a kubelet would not look at all. A port that is
// closed says so at once; the answer of a busy machine is waited for.
func portProbe(p corev1.ContainerPort) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(p.ContainerPort)}},
		PeriodSeconds: 1, TimeoutSeconds: patientProbe, FailureThreshold: 3,
	}
}

// patientProbe is the time-out in seconds of probes that are ours. An injected
// sidecar is unready after a minute of failures only; with a second per answer a pod
// of ours would leave the mesh whenever the machine has something else to do.
const patientProbe = 15

// userOf follows the security contexts, the container's before the pod's.
func userOf(pod *corev1.Pod, c corev1.Container, prog program) (uid, gid int) {
	var podUser, podGroup, user, group *int64
	if sc := pod.Spec.SecurityContext; sc != nil {
		podUser, podGroup = sc.RunAsUser, sc.RunAsGroup
	}
	if sc := c.SecurityContext; sc != nil {
		user, group = sc.RunAsUser, sc.RunAsGroup
	}
	uid = int(*cmp.Or(user, podUser, new(int64(prog.User))))
	gid = int(*cmp.Or(group, podGroup, new(int64(uid))))
	return uid, gid
}

// mounts are a container's: those of its spec, and what every container gets.
func (pc plannedContainer) mounts(v *volumes, always []mount) ([]mount, error) {
	out := slices.Clone(always)
	for _, m := range pc.Spec.VolumeMounts {
		source := v.path(m.Name)
		if m.SubPathExpr != "" {
			return nil, fmt.Errorf("container %s: subPathExpr is not supported on this node, use subPath", pc.Spec.Name)
		}
		if m.SubPath != "" {
			source += "/" + strings.TrimPrefix(m.SubPath, "/")
		}
		out = append(out, mount{Source: source, Target: m.MountPath, ReadOnly: m.ReadOnly})
	}
	return out, nil
}
