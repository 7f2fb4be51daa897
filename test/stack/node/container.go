package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// startRetry is between attempts to start what cannot be started yet, such as
// a container whose Secret does not exist.
const startRetry = 500 * time.Millisecond

// The reasons that a kubelet gives for a waiting container.
const (
	reasonCreating    = "ContainerCreating"
	reasonImage       = "ErrImagePull"
	reasonConfig      = "CreateContainerConfigError"
	reasonCreateError = "CreateContainerError"
	reasonCrashLoop   = "CrashLoopBackOff"
)

// waitReason is an error that keeps a container waiting.
type waitReason struct {
	Reason string
	error
}

// container runs one planned container, again and again.
type container struct {
	run *podRun

	mu    sync.Mutex
	plan  plannedContainer
	facts containerFacts
	proc  *process
}

func newContainer(run *podRun, plan plannedContainer) *container {
	return &container{run: run, plan: plan, facts: containerFacts{
		Name: plan.Spec.Name, Image: plan.Spec.Image, Reason: reasonCreating,
	}}
}

// supervise keeps the container running until stop ends: then its process gets
// SIGTERM, and SIGKILL when kill ends.
func (c *container) supervise(stop, kill context.Context) {
	defer c.change(func(f *containerFacts) { f.Phase, f.Ready = finished, false })
	c.again(stop, kill, func(e exit) bool { return !c.run.restarts(e) })
}

// again runs the container until an exit is the last one, or stop ends; it reports whether it
// was the former.
func (c *container) again(stop, kill context.Context, last func(exit) bool) bool {
	var wait backoff
	for stop.Err() == nil {
		proc, plan, err := c.start(stop)
		if err != nil {
			c.waitFor(err)
			if !sleep(stop, startRetry) {
				return false
			}
			continue
		}
		c.attend(stop, kill, proc, plan)
		if last(proc.exit) {
			return true
		}
		if stop.Err() != nil {
			return false
		}
		pause := wait.next(proc.exit.Finished.Sub(proc.exit.Started))
		c.change(func(f *containerFacts) { f.Restarts++ })
		if pause > 0 {
			c.waitFor(waitReason{reasonCrashLoop, fmt.Errorf("restart in %s after exit code %d", pause, proc.exit.Code)})
		}
		if !sleep(stop, pause) {
			return false
		}
	}
	return false
}

// start makes the process from the spec as it is now.
func (c *container) start(ctx context.Context) (*process, plannedContainer, error) {
	c.mu.Lock()
	plan := c.plan
	c.mu.Unlock()
	if plan.Err != nil {
		return nil, plan, waitReason{reasonImage, plan.Err}
	}
	spec, err := c.run.childSpec(plan)
	if err != nil {
		return nil, plan, waitReason{reasonConfig, err}
	}
	proc, err := c.run.launch(ctx, plan.Spec.Name, spec)
	if err != nil {
		return nil, plan, waitReason{reasonCreateError, err}
	}
	c.mu.Lock()
	c.proc = proc
	c.mu.Unlock()
	c.change(func(f *containerFacts) {
		f.Phase, f.Started, f.Reason, f.Message = running, time.Now(), "", ""
		f.Ready, f.NotReady = plan.Spec.ReadinessProbe == nil && !plan.Program.NeverReady, "it has not answered yet"
		if plan.Program.NeverReady {
			f.NotReady = "its image is a broken one"
		}
	})
	return proc, plan, nil
}

// attend probes the process until it has ended, which it makes sure of after
// stop and kill.
func (c *container) attend(stop, kill context.Context, proc *process, plan plannedContainer) {
	probing, cancel := context.WithCancel(kill)
	defer cancel()
	var probes sync.WaitGroup
	c.probe(probing, &probes, plan, proc)
	select {
	case <-proc.done:
	case <-stop.Done():
		proc.signal(syscall.SIGTERM)
		select {
		case <-proc.done:
		case <-kill.Done():
			proc.signal(syscall.SIGKILL)
			<-proc.done
		}
	}
	cancel()
	probes.Wait() // a late answer must not make a dead container ready
	c.mu.Lock()
	c.proc = nil
	c.mu.Unlock()
	c.change(func(f *containerFacts) {
		f.Phase, f.Ready, f.Last = waiting, false, &proc.exit
		f.Reason, f.Message = reasonCreating, "it is being restarted"
		if stop.Err() != nil {
			f.Phase = finished
		}
	})
}

func (c *container) probe(ctx context.Context, probes *sync.WaitGroup, plan plannedContainer, proc *process) {
	if p := plan.Spec.ReadinessProbe; p != nil && !plan.Program.NeverReady {
		probes.Go(func() {
			c.run.prober.watch(ctx, plan.Spec, p, false, func(ok bool, why string) {
				c.change(func(f *containerFacts) { f.Ready, f.NotReady = ok, why })
			})
		})
	}
	if p := plan.Spec.LivenessProbe; p != nil {
		probes.Go(func() {
			c.run.prober.watch(ctx, plan.Spec, p, true, func(ok bool, why string) {
				if !ok {
					c.run.logf("container %s: liveness probe failed, restarting it: %s", plan.Spec.Name, why)
					endProcess(ctx, proc)
				}
			})
		})
	}
}

// livenessGrace is what a container that no longer answers gets to end itself.
const livenessGrace = 5 * time.Second

func endProcess(ctx context.Context, proc *process) {
	proc.signal(syscall.SIGTERM)
	select {
	case <-proc.done:
	case <-time.After(livenessGrace):
		proc.signal(syscall.SIGKILL)
	case <-ctx.Done():
	}
}

// replace changes the image in place: the running process ends, the next start
// takes the new plan.
func (c *container) replace(plan plannedContainer) {
	c.mu.Lock()
	same := c.plan.Spec.Image == plan.Spec.Image
	proc := c.proc
	c.plan = plan
	c.mu.Unlock()
	if same {
		return
	}
	c.change(func(f *containerFacts) { f.Image = plan.Spec.Image })
	if proc != nil {
		go endProcess(context.Background(), proc)
	}
}

func (c *container) waitFor(err error) {
	c.change(func(f *containerFacts) {
		f.Phase, f.Ready, f.Reason, f.Message = waiting, false, reasonCreateError, err.Error()
		if why, ok := errors.AsType[waitReason](err); ok {
			f.Reason = why.Reason
		}
	})
}

// change updates what is known and lets the pod's status follow.
func (c *container) change(f func(*containerFacts)) {
	c.mu.Lock()
	f(&c.facts)
	c.mu.Unlock()
	c.run.changed()
}

func (c *container) snapshot() containerFacts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.facts
}

func (c *container) process() *process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.proc
}

// openLog appends: Envoy opens /dev/stdout a second time, and must be allowed
// to, as the user it runs as.
func openLog(dir, name string, uid, gid int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("log file: %w", err)
	}
	return f, errors.Join(f.Chown(uid, gid))
}

// restarts applies the pod's restart policy.
func (p *podRun) restarts(e exit) bool {
	switch p.current().Spec.RestartPolicy {
	case corev1.RestartPolicyNever:
		return false
	case corev1.RestartPolicyOnFailure:
		return e.Code != 0
	}
	return true
}
