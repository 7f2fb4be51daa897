package model

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// apiClient is a process's client: it reads the cache and writes through the
// gate.
type apiClient struct {
	client.Client // nil: whatever is not here must not be used

	cache   *lagging
	process *process
}

// Get implements client.Client.
func (c *apiClient) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	return c.cache.Get(ctx, key, o, opts...)
}

// List implements client.Client.
func (c *apiClient) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	return c.cache.List(ctx, list, opts...)
}

// Create implements client.Client.
func (c *apiClient) Create(ctx context.Context, o client.Object, _ ...client.CreateOption) error {
	return c.process.write(ctx, "create "+id(o), func(s *store) error {
		c.process.world.checkStaysOut(o)
		c.process.world.checkShares(o)
		return s.create(o)
	})
}

// Update implements client.Client.
func (c *apiClient) Update(ctx context.Context, o client.Object, _ ...client.UpdateOption) error {
	return c.process.write(ctx, "update "+id(o), func(s *store) error { return s.update(o) })
}

// Delete implements client.Client.
func (c *apiClient) Delete(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	options := (&client.DeleteOptions{}).ApplyOptions(opts)
	return c.process.write(ctx, "delete "+id(o), func(s *store) error {
		c.process.world.checkKept(o)
		return s.delete(o, *options)
	})
}

// Patch implements client.Client.
func (c *apiClient) Patch(ctx context.Context, o client.Object, p client.Patch, _ ...client.PatchOption) error {
	data, err := p.Data(o)
	if err != nil {
		return err
	}
	return c.process.write(ctx, "patch "+id(o), func(s *store) error { return s.patch(o, data) })
}

// Status implements client.Client.
func (c *apiClient) Status() client.SubResourceWriter { return statusWriter{nil, c.process} }

// Scheme implements client.Client.
func (c *apiClient) Scheme() *runtime.Scheme { return c.process.world.scheme }

// GroupVersionKindFor implements client.Client.
func (c *apiClient) GroupVersionKindFor(o runtime.Object) (schema.GroupVersionKind, error) {
	return apiutil.GVKForObject(o, c.process.world.scheme)
}

type statusWriter struct {
	client.SubResourceWriter // nil, as above

	process *process
}

// Update implements client.SubResourceWriter.
func (w statusWriter) Update(ctx context.Context, o client.Object, _ ...client.SubResourceUpdateOption) error {
	return w.process.write(ctx, "update status of "+id(o), func(s *store) error { return s.updateStatus(o) })
}

// liveReader reads the API server, through the gate.
type liveReader struct{ process *process }

// Get implements client.Reader.
func (r liveReader) Get(ctx context.Context, key client.ObjectKey, o client.Object, _ ...client.GetOption) error {
	name := "get " + kindOf(o) + " " + strings.TrimPrefix(key.String(), "/")
	return r.process.read(ctx, name, func(s *store) error {
		return read(s.of(kindOf(o)).objects[key], key, o, nil)
	})
}

// List implements client.Reader.
func (r liveReader) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	o := (&client.ListOptions{}).ApplyOptions(opts)
	o.UnsafeDisableDeepCopy = nil
	return r.process.read(ctx, "list "+kindOf(list), func(s *store) error {
		return listed(s.of(kindOf(list)).sorted(), list, o, func(client.Object, fields.Requirement) bool {
			panic("the API server has no indexes")
		})
	})
}
