package apifault

import (
	"net/http"
	"strings"
)

// Call is one call of the API.
type Call struct {
	Verb        string // as the HTTP method: GET, POST, PUT, PATCH, DELETE
	Resource    string // destinationrules
	Subresource string // status
	Namespace   string
	Name        string // empty where the URL has none: lists, creations
	Watch       bool
}

// Mesh says whether the call writes a traffic object.
func (c Call) Mesh() bool {
	return c.Write() && (c.Resource == "destinationrules" || c.Resource == "virtualservices")
}

// Write says whether the call changes something that people see. The leader's
// lease and its events are not among it.
func (c Call) Write() bool {
	return c.Verb != http.MethodGet && c.Resource != "leases" && c.Resource != "events"
}

// Kind is what the call does, whatever to: PUT asmswimlanes/status.
func (c Call) Kind() string {
	if c.Subresource != "" {
		return c.Verb + " " + c.Resource + "/" + c.Subresource
	}
	return c.Verb + " " + c.Resource
}

// String names the call.
func (c Call) String() string { return c.Kind() + " " + strings.Trim(c.Namespace+"/"+c.Name, "/") }

// callOf reads a call off its URL:
//
//	/api/v1/namespaces/N/pods/P/status
//	/apis/GROUP/VERSION/[namespaces/N/]RESOURCE[/NAME[/SUBRESOURCE]]
func callOf(r *http.Request) Call {
	c := Call{Verb: r.Method, Watch: r.URL.Query().Get("watch") != ""}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default: // discovery, version
		return c
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		c.Namespace, parts = parts[1], parts[2:]
	}
	for i, into := range []*string{&c.Resource, &c.Name, &c.Subresource} {
		if i < len(parts) {
			*into = parts[i]
		}
	}
	return c
}
