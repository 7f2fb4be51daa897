package facts

import (
	"errors"
	"fmt"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// optionalKinds are the kinds that the API server may serve some time after a manager started, and what
// waits for them.
type optionalKinds struct {
	mutex  sync.RWMutex
	served map[string]bool
	starts map[string][]func() error
}

// Serves reports whether a kind that is optional can be read.
func (c *Cluster) Serves(kind client.Object) bool {
	c.optional.mutex.RLock()
	defer c.optional.mutex.RUnlock()
	return c.optional.served[typeOf(kind)]
}

// reads reports whether workloads of the kind can be read.
func (c *Cluster) reads(k workloadKind) bool { return !k.optional || c.Serves(k.object) }

// OnServing calls start once objects of the kind can be read: now, or when Serve is called, which returns
// its error.
func (c *Cluster) OnServing(kind client.Object, start func() error) error {
	c.optional.mutex.Lock()
	name := typeOf(kind)
	if served := c.optional.served[name]; !served {
		if c.optional.starts == nil {
			c.optional.starts = map[string][]func() error{}
		}
		c.optional.starts[name] = append(c.optional.starts[name], start)
		c.optional.mutex.Unlock()
		return nil
	}
	c.optional.mutex.Unlock()
	return start()
}

// Serve makes objects of the kind readable: the cache has them. It returns the errors of what OnServing
// was given.
func (c *Cluster) Serve(kind client.Object) error {
	c.optional.mutex.Lock()
	name := typeOf(kind)
	if c.optional.served == nil {
		c.optional.served = map[string]bool{}
	}
	c.optional.served[name] = true
	starts := c.optional.starts[name]
	delete(c.optional.starts, name)
	c.optional.mutex.Unlock()
	var failures []error
	for _, start := range starts {
		failures = append(failures, start())
	}
	return errors.Join(failures...)
}

func typeOf(kind client.Object) string { return fmt.Sprintf("%T", kind) }
