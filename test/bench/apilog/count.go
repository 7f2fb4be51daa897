package apilog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kinds of requests that take several resources together; every other kind is a
// resource.
const (
	Mesh   = "mesh"   // DestinationRules and VirtualServices
	Status = "status" // of groups and lanes
)

// Write says whether the request changes something.
func (r Request) Write() bool {
	return slices.Contains([]string{"create", "update", "patch", "delete", "deletecollection"}, r.Verb)
}

// Read says whether the request asks the API server for objects. A watch does
// not count: it is how a cache is kept.
func (r Request) Read() bool { return r.Resource != "" && (r.Verb == "get" || r.Verb == "list") }

// Kind is what the request is about.
func (r Request) Kind() string {
	switch r.Resource {
	case "destinationrules", "virtualservices":
		return Mesh
	case "asmswimlanes", "asmswimlanegroups":
		if r.Subresource == "status" {
			return Status
		}
	}
	return r.Resource
}

// Election says whether the request keeps the lease that says who leads, or tells
// of it.
func (r Request) Election(namespace string) bool {
	return r.Resource == "leases" || r.Resource == "events" && r.Namespace == namespace
}

// Counts are requests by kind.
type Counts map[string]int

// Count counts the requests that are meant.
func Count(requests []Request, meant func(Request) bool) Counts {
	out := Counts{}
	for _, r := range requests {
		if meant(r) {
			out[r.Kind()]++
		}
	}
	return out
}

// Total of all kinds.
func (c Counts) Total() int {
	n := 0
	for _, of := range c {
		n += of
	}
	return n
}

// String names each kind, as in "mesh 400, status 12".
func (c Counts) String() string {
	if len(c) == 0 {
		return "none"
	}
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, fmt.Sprintf("%s %d", kind, c[kind]))
	}
	return strings.Join(parts, ", ")
}
