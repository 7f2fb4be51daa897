package model

import (
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A group's objects of a Service are taken away only when the Service is not the group's,
// whatever a cache says.

// noteOwners remembers since when each Service is the same group's.
func (w *world) noteOwners() {
	for _, s := range services {
		g, _ := w.owner(s)
		if w.judge.owned[s].by != g.name {
			w.judge.owned[s] = ownership{g.name, time.Now()}
		}
	}
}

// ownership is which group has a Service, and since when.
type ownership struct {
	by    string
	since time.Time
}

// checkKept: a manager does not delete objects of a Service that has been the group's for
// longer than a plan may be old. A call that is on its way may be older than that.
func (w *world) checkKept(o client.Object) {
	if w.Slow || foreign(o) {
		return
	}
	for _, g := range groups {
		i := slices.IndexFunc(services, func(s string) bool {
			return client.ObjectKeyFromObject(o) == g.ruleKey(s) || client.ObjectKeyFromObject(o) == g.routesKey(s)
		})
		if i < 0 {
			continue
		}
		if owned := w.judge.owned[services[i]]; owned.by == g.name && time.Since(owned.since) > settle/2 {
			w.judge.violate("%s is deleted although %s has %s", id(o), g.title, services[i])
		}
	}
}
