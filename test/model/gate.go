package model

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// gate is the network between the processes and the API server. A call waits
// in it until the player answers it.
type gate struct {
	mutex   sync.Mutex
	waiting []*call
	// arrived has a token when a call came after the last look.
	arrived chan struct{}
}

// call is a request on its way.
type call struct {
	process *process
	name    string
	write   bool
	do      func() error
	reply   chan error
	// answer is what the server said to a frozen process.
	answer *error
}

func newGate() *gate { return &gate{arrived: make(chan struct{}, 1)} }

// pass makes a call and waits for its answer.
func (g *gate) pass(ctx context.Context, p *process, name string, write bool, do func() error) error {
	if ctx.Value(unhindered{}) != nil {
		return do()
	}
	c := &call{process: p, name: p.name + " " + name, write: write, do: do, reply: make(chan error, 1)}
	g.mutex.Lock()
	if ctx.Err() != nil || p.ctx.Err() != nil {
		g.mutex.Unlock()
		return context.Canceled
	}
	g.waiting = append(g.waiting, c)
	g.mutex.Unlock()
	select {
	case g.arrived <- struct{}{}:
	default:
	}
	select {
	case err := <-c.reply:
		return err
	case <-p.ctx.Done():
		return context.Canceled
	}
}

// calls that can be answered now, in an order that does not depend on who was
// first.
func (g *gate) calls() []*call {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	out := slices.DeleteFunc(slices.Clone(g.waiting), func(c *call) bool { return c.process.frozen })
	slices.SortStableFunc(out, func(a, b *call) int { return strings.Compare(a.name, b.name) })
	return out
}

// of returns all calls of a process.
func (g *gate) of(p *process) []*call {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(g.waiting), func(c *call) bool { return c.process != p })
}

func (g *gate) remove(c *call) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(other *call) bool { return other == c })
}

// unhindered in a context lets calls through: those of the webhook, whose
// answer the player waits for.
type unhindered struct{}

// fault is what becomes of a call that does not simply succeed.
type fault string

const (
	fault409     fault = "409"
	fault429     fault = "429"
	fault500     fault = "500"
	faultTimeout fault = "timeout"
	// faultLost: the write succeeds and its answer is lost.
	faultLost fault = "lost answer"
	// The process dies before or after the call is served.
	faultDieBefore fault = "death before"
	faultDieAfter  fault = "death after"
	// The process is stopped while the call is on its way.
	faultFreeze fault = "frozen"
)

var faults = []fault{fault409, fault429, fault500, faultTimeout, faultLost, faultDieBefore, faultDieAfter, faultFreeze}

// deadly faults end a process, or may as well have.
func (f fault) deadly() bool { return f == faultDieBefore || f == faultDieAfter || f == faultFreeze }

func (f fault) error() error {
	switch f {
	case fault409:
		return apierrors.NewConflict(schema.GroupResource{Resource: "model"}, "model", fmt.Errorf("injected"))
	case fault429:
		return apierrors.NewTooManyRequests("injected", 1)
	case fault500:
		return apierrors.NewInternalError(fmt.Errorf("injected"))
	default:
		return apierrors.NewTimeoutError("injected", 1)
	}
}

// answer serves a call, or not.
func (w *world) answer(c *call, f fault) {
	w.logger.Info("call", "name", c.name, "fault", f)
	if f == faultFreeze {
		w.freeze(c.process)
		return
	}
	w.gate.remove(c)
	if f == fault409 && !c.write {
		f = fault500
	}
	switch f {
	case "":
		c.reply <- c.do()
	case faultDieBefore:
		w.kill(c.process)
	case faultDieAfter:
		_ = c.do() // nobody is left to hear of it
		w.kill(c.process)
	case faultLost:
		_ = c.do() // its answer is lost
		c.reply <- f.error()
	default:
		c.reply <- f.error()
	}
	if f != "" {
		c.process.troubled = true
	}
	w.wait()
}
