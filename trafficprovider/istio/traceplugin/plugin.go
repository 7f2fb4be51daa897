// Package traceplugin is the filter that keeps requests in their lane where the applications
// pass on a trace id and nothing else. It runs in the proxies: this package holds the module.
//
// # What it does
//
// A group with traceHeader my-request-id and routeHeader x-asm-prefer-tag releases mockb. A
// request of lane canary meets mocka first:
//
//	in   my-request-id: 7, x-asm-prefer-tag: canary   mocka's proxy remembers 7 → canary
//	     (mocka calls mockb, and passes on my-request-id only)
//	out  my-request-id: 7                              … and adds x-asm-prefer-tag: canary,
//	                                                   before a route is chosen
//
// An id is ambiguous that comes with two tags, or with one and then with none or the
// baseline's: what goes out with it keeps to the baseline until it has not come for a while
// (Lifetime). Requests with no tag, or the baseline's, are not remembered, since they are most
// of a mesh's; so an id that comes without a tag first is that of the tag which comes later.
//
// # What it costs
//
// What is remembered is bounded, whatever ids clients make up: Buckets per proxy and group with
// Entries each, of which the one that has not been of use for longest goes. Ids are kept as a
// keyed hash, which nobody can choose to be another's. Two workers that write one bucket at a
// time see it and repeat.
//
// # How it is told
//
// Its root id is its configuration: "in my-request-id x-asm-prefer-tag base", the way of the
// requests (in or out), the two headers in lower case and the baseline's tag. Several groups in
// one proxy share its machine.
//
// The module is built from src/traceplugin.c (make traceplugin), to the same bytes everywhere;
// make verify holds it to that.
package traceplugin

import _ "embed"

// Module is the compiled filter, for proxy-wasm ABI 0.2.1.
//
//go:embed traceplugin.wasm
var Module []byte

const (
	// Lifetime is for how many seconds an id is remembered after it was last of use.
	Lifetime = 300
	// Buckets and Entries bound what a proxy remembers of one group: 32,768 ids.
	Buckets, Entries = 4096, 8
)

// Way is that of the requests which a filter sees.
type Way string

// The ways of a sidecar.
const (
	In  Way = "in"
	Out Way = "out"
)

// RootID is the root id of the filter of a group; baseline is the tag of requests that no lane
// is asked for.
func RootID(way Way, traceHeader, routeHeader, baseline string) string {
	return string(way) + " " + traceHeader + " " + routeHeader + " " + baseline
}
