package node

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// planInit plans the init containers. Those that go on running are sidecars, and a pod that may
// not try again would have to fail: neither is needed here.
func planInit(pod *corev1.Pod) ([]plannedContainer, error) {
	var out []plannedContainer
	for _, c := range pod.Spec.InitContainers {
		switch {
		case c.RestartPolicy != nil:
			return nil, fmt.Errorf("init container %s: restartPolicy is not supported on this node", c.Name)
		case pod.Spec.RestartPolicy == corev1.RestartPolicyNever:
			return nil, fmt.Errorf("init container %s: in a pod that is not restarted it is not supported on this node", c.Name)
		}
		planned, err := planContainer(pod, c)
		if err != nil {
			return nil, err
		}
		out = append(out, planned)
	}
	return out, nil
}

// complete runs an init container until it has ended well, again and again where it fails; it
// reports false if the pod is to end before.
func (c *container) complete(stop, kill context.Context) bool {
	if !c.again(stop, kill, func(e exit) bool { return e.Code == 0 && e.Signal == 0 }) {
		return false
	}
	c.change(func(f *containerFacts) { f.Phase, f.Ready = finished, true })
	return true
}

// initStatuses are those of the init containers, and the first that has not completed.
func (s podState) initStatuses() (out []corev1.ContainerStatus, waitsFor string) {
	for _, c := range s.Init {
		status := c.status()
		status.Ready = c.Phase == finished && c.Ready
		if !status.Ready && waitsFor == "" {
			waitsFor = c.Name
		}
		out = append(out, status)
	}
	return out, waitsFor
}
