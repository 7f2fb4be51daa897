// Package traceplugin tests the trace-id filter as proxies run it: the module itself, in a
// WebAssembly machine, against the functions that a proxy offers (proxy-wasm ABI 0.2.1).
package traceplugin
