package node

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// phase of one container.
type phase int

const (
	waiting phase = iota
	running
	finished // will not be started again
)

// exit is how a run of a container ended.
type exit struct {
	Code              int
	Signal            syscall.Signal
	Started, Finished time.Time
}

func (e *exit) reason() string {
	if e.Code == 0 {
		return "Completed"
	}
	return "Error"
}

// containerFacts is what the node knows of one container.
type containerFacts struct {
	Name, Image     string
	Phase           phase
	Reason, Message string // of waiting
	Started         time.Time
	Last            *exit
	Restarts        int32
	Ready           bool
	NotReady        string // why, while running and not ready
}

// podState is what the node knows of a pod; the status is computed from it.
type podState struct {
	IP, HostIP string
	Since      time.Time
	// Init and Containers are in the order of the spec.
	Init, Containers []containerFacts
	// Sidecar is nil in pods without one. It is not in the spec, so it shows
	// in the pod's conditions only.
	Sidecar *containerFacts
}

// status computes the pod's status. prev is the last one, whose transition
// times stand while a condition does not change.
func (s podState) status(pod *corev1.Pod, prev *corev1.PodStatus, now time.Time) corev1.PodStatus {
	out := corev1.PodStatus{Phase: s.phase(), StartTime: new(metav1.NewTime(s.Since)), QOSClass: pod.Status.QOSClass}
	if s.IP != "" {
		out.PodIP, out.PodIPs = s.IP, []corev1.PodIP{{IP: s.IP}}
		out.HostIP, out.HostIPs = s.HostIP, []corev1.HostIP{{IP: s.HostIP}}
	}
	var waitsFor string
	out.InitContainerStatuses, waitsFor = s.initStatuses()
	for _, c := range s.Containers {
		out.ContainerStatuses = append(out.ContainerStatuses, c.status())
	}
	unready := s.unready()
	ready := unready
	if ready == "" {
		ready = unmetGates(pod)
	}
	// PodScheduled is the scheduler's.
	out.Conditions = []corev1.PodCondition{
		condition(corev1.PodReadyToStartContainers, pick(s.IP == "", "NoNetwork", ""), "", prev, now),
		condition(corev1.PodInitialized, pick(waitsFor != "", "ContainersNotInitialized", ""), pick(waitsFor != "", "init container "+waitsFor+" has not completed", ""), prev, now),
		condition(corev1.ContainersReady, pick(unready != "", "ContainersNotReady", ""), unready, prev, now),
		condition(corev1.PodReady, pick(ready != "", pick(unready != "", "ContainersNotReady", "ReadinessGatesNotReady"), ""), ready, prev, now),
	}
	return out
}

func (s podState) phase() corev1.PodPhase {
	done, failed, started := 0, 0, 0
	for _, c := range s.Containers {
		if c.Phase == finished {
			done++
			if c.Last != nil && c.Last.Code != 0 {
				failed++
			}
		}
		if c.Phase != waiting || c.Last != nil {
			started++
		}
	}
	switch {
	case done == len(s.Containers) && failed > 0:
		return corev1.PodFailed
	case done == len(s.Containers) && done > 0:
		return corev1.PodSucceeded
	case started > 0:
		return corev1.PodRunning
	}
	return corev1.PodPending
}

// unready names what keeps the pod from serving; empty when nothing does.
func (s podState) unready() string {
	all := s.Containers
	if s.Sidecar != nil {
		all = append([]containerFacts{*s.Sidecar}, all...)
	}
	var why []string
	for _, c := range all {
		switch {
		case c.Phase == running && c.Ready:
		case c.Phase == running:
			why = append(why, fmt.Sprintf("container %s is not ready: %s", c.Name, c.NotReady))
		case c.Phase == waiting:
			why = append(why, strings.TrimSuffix(fmt.Sprintf("container %s is waiting: %s %s", c.Name, c.Reason, c.Message), " "))
		default:
			why = append(why, fmt.Sprintf("container %s has ended", c.Name))
		}
	}
	return strings.Join(why, "; ")
}

// unmetGates looks at the conditions that others keep, as Kruise does for
// updates in place.
func unmetGates(pod *corev1.Pod) string {
	var unmet []string
	for _, gate := range pod.Spec.ReadinessGates {
		met := false
		for _, c := range pod.Status.Conditions {
			met = met || (c.Type == gate.ConditionType && c.Status == corev1.ConditionTrue)
		}
		if !met {
			unmet = append(unmet, string(gate.ConditionType))
		}
	}
	if len(unmet) == 0 {
		return ""
	}
	return "readiness gates not met: " + strings.Join(unmet, ", ")
}

func (c containerFacts) status() corev1.ContainerStatus {
	out := corev1.ContainerStatus{
		Name: c.Name, Image: c.Image, ImageID: "process://" + c.Image, ContainerID: "process://" + c.Name,
		RestartCount: c.Restarts, Ready: c.Ready && c.Phase == running, Started: new(c.Phase == running),
	}
	ended := func() *corev1.ContainerStateTerminated {
		if c.Last == nil {
			return nil
		}
		return &corev1.ContainerStateTerminated{
			ExitCode: int32(c.Last.Code), Signal: int32(c.Last.Signal), Reason: c.Last.reason(),
			StartedAt: metav1.NewTime(c.Last.Started), FinishedAt: metav1.NewTime(c.Last.Finished),
		}
	}
	switch c.Phase {
	case running:
		out.State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(c.Started)}
		out.LastTerminationState.Terminated = ended()
	case waiting:
		out.State.Waiting = &corev1.ContainerStateWaiting{Reason: c.Reason, Message: c.Message}
		out.LastTerminationState.Terminated = ended()
	default:
		out.State.Terminated = ended()
		if out.State.Terminated == nil { // killed before its first start
			out.State.Terminated = &corev1.ContainerStateTerminated{Reason: "NeverStarted", ExitCode: 137}
		}
	}
	return out
}

// condition is true unless a reason says why not.
func condition(t corev1.PodConditionType, reason, message string, prev *corev1.PodStatus, now time.Time) corev1.PodCondition {
	c := corev1.PodCondition{Type: t, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(now.Truncate(time.Second))}
	if reason != "" {
		c.Status, c.Reason, c.Message = corev1.ConditionFalse, reason, message
	}
	if prev != nil {
		for _, old := range prev.Conditions {
			if old.Type == t && old.Status == c.Status {
				c.LastTransitionTime = old.LastTransitionTime
			}
		}
	}
	return c
}

func pick(when bool, then, otherwise string) string {
	if when {
		return then
	}
	return otherwise
}
