package traceplugin

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"lanekeeper.io/trafficprovider/istio/traceplugin"
)

// What a proxy answers (proxy_wasm_common.h).
const (
	ok           = 0
	notFound     = 1
	noMemory     = 6 // InvalidMemoryAccess
	casMismatch  = 8
	traceHeader  = "my-request-id"
	routeHeader  = "x-asm-prefer-tag"
	baseline     = "base"
	nanoseconds  = 1_000_000_000
	startingTime = 1_700_000_000
)

// proxy is what the workers of one proxy share.
type proxy struct {
	shared map[string]shared
	// now is in seconds.
	now uint64
	// meanwhile is called before shared data is written, as if by another worker.
	meanwhile func(key string)
	compiled  wazero.CompilationCache
}

type shared struct {
	value string
	cas   uint32
}

// worker is one of a proxy's threads with its instance of the module.
type worker struct {
	*proxy
	module api.Module
	call   call
	// roots are the contexts of root ids. Nobody tells the module whose a request is if mute is set.
	roots map[string]uint64
	next  uint64
	mute  bool
	asked int // what the module asked the proxy
}

// call is one request on its way through the filter.
type call struct {
	root    string
	headers map[string]string
}

func newProxy(t testing.TB) *proxy {
	t.Helper()
	p := &proxy{shared: map[string]shared{}, now: startingTime, compiled: wazero.NewCompilationCache()}
	t.Cleanup(func() { require.NoError(t, p.compiled.Close(context.Background())) })
	return p
}

// worker starts one: the functions of env are its own, so each has a runtime.
func (p *proxy) worker(t testing.TB) *worker {
	t.Helper()
	w := &worker{proxy: p, roots: map[string]uint64{}, next: 1}
	runtime := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfig().WithCompilationCache(p.compiled))
	t.Cleanup(func() { require.NoError(t, runtime.Close(context.Background())) })
	env := runtime.NewHostModuleBuilder("env")
	for name, f := range map[string]any{
		"proxy_get_header_map_value":         w.getHeader,
		"proxy_replace_header_map_value":     w.setHeader,
		"proxy_get_property":                 w.getProperty,
		"proxy_get_shared_data":              w.getShared,
		"proxy_set_shared_data":              w.setShared,
		"proxy_get_current_time_nanoseconds": w.getTime,
	} {
		env.NewFunctionBuilder().WithFunc(f).Export(name)
	}
	_, err := env.Instantiate(t.Context())
	require.NoError(t, err)
	code, err := runtime.CompileModule(t.Context(), traceplugin.Module)
	require.NoError(t, err)
	w.module, err = runtime.InstantiateModule(t.Context(), code, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	require.NoError(t, err)
	require.EqualValues(t, 1, w.run(t, "proxy_on_vm_start", 1, 0))
	require.EqualValues(t, 1, w.run(t, "proxy_on_configure", 1, 0))
	return w
}

func (w *worker) run(t testing.TB, function string, args ...uint64) uint64 {
	t.Helper()
	out, err := w.module.ExportedFunction(function).Call(t.Context(), args...)
	require.NoError(t, err, "the module trapped")
	if len(out) == 0 {
		return 0
	}
	return out[0]
}

// context makes a new one, of a root context or of none.
func (w *worker) context(t testing.TB, root uint64) uint64 {
	t.Helper()
	w.next++
	if !w.mute {
		w.run(t, "proxy_on_context_create", w.next, root)
	}
	return w.next
}

// request takes a request through the filter and returns its headers.
func (w *worker) request(t testing.TB, c call) map[string]string {
	t.Helper()
	w.call = c
	if w.roots[c.root] == 0 {
		w.roots[c.root] = w.context(t, 0)
	}
	context := w.context(t, w.roots[c.root])
	require.Zero(t, w.run(t, "proxy_on_request_headers", context, uint64(len(c.headers)), 1), "the filter holds no request back")
	return w.call.headers
}

func (w *worker) read(p, n uint32) string {
	b, ok := w.module.Memory().Read(p, n)
	if !ok {
		panic("the module names memory that it has not got")
	}
	return string(b)
}

// answer puts a text into the module's memory, as a proxy does.
func (w *worker) answer(value string, at, length uint32) uint32 {
	out, err := w.module.ExportedFunction("proxy_on_memory_allocate").Call(context.Background(), uint64(len(value)))
	if err != nil || out[0] == 0 {
		return noMemory
	}
	p := uint32(out[0])
	m := w.module.Memory()
	if !m.Write(p, []byte(value)) || !m.WriteUint32Le(at, p) || !m.WriteUint32Le(length, uint32(len(value))) {
		return noMemory
	}
	return ok
}

func (w *worker) getHeader(_, name, n, at, length uint32) uint32 {
	w.asked++
	value, has := w.call.headers[w.read(name, n)]
	if !has {
		return notFound
	}
	return w.answer(value, at, length)
}

func (w *worker) setHeader(_, name, n, value, length uint32) uint32 {
	w.call.headers[w.read(name, n)] = w.read(value, length)
	return ok
}

func (w *worker) getProperty(path, n, at, length uint32) uint32 {
	w.asked++
	if w.read(path, n) == "plugin_root_id" {
		return w.answer(w.call.root, at, length)
	}
	return notFound
}

func (w *worker) getShared(key, n, at, length, cas uint32) uint32 {
	w.asked++
	is, has := w.shared[w.read(key, n)]
	if !has {
		return notFound
	}
	w.module.Memory().WriteUint32Le(cas, is.cas)
	return w.answer(is.value, at, length)
}

func (w *worker) setShared(key, n, value, length, cas uint32) uint32 {
	name, is := w.read(key, n), w.read(value, length)
	if w.meanwhile != nil {
		w.meanwhile(name)
	}
	if cas != 0 && cas != w.shared[name].cas {
		return casMismatch
	}
	w.write(name, is)
	return ok
}

func (p *proxy) write(key, value string) {
	p.shared[key] = shared{value, p.shared[key].cas + 1}
}

func (w *worker) getTime(at uint32) uint32 {
	w.asked++
	w.module.Memory().WriteUint64Le(at, w.now*nanoseconds)
	return ok
}

// in is a request that comes in; without a tag where that is empty.
func (w *worker) in(t testing.TB, id, tag string) {
	t.Helper()
	headers := map[string]string{traceHeader: id}
	if tag != "" {
		headers[routeHeader] = tag
	}
	w.request(t, call{rootOf(traceplugin.In, "shop"), headers})
}

// out is the tag with which a request leaves that the application sent without one.
func (w *worker) out(t testing.TB, id string) string {
	t.Helper()
	return w.request(t, call{rootOf(traceplugin.Out, "shop"), map[string]string{traceHeader: id}})[routeHeader]
}

// rootOf is the root id of a group's filter; all groups of these tests have other headers.
func rootOf(way traceplugin.Way, group string) string {
	header := routeHeader
	if group != "shop" {
		header = "x-" + strings.ToLower(group)
	}
	return traceplugin.RootID(way, traceHeader, header, baseline)
}
