package lane

import (
	"fmt"
	"slices"

	apiv1 "lanekeeper.io/api/v1"
)

// A mesh may be told to show a Service to some namespaces only. Routes of ours that lead to it are
// answered 503 everywhere else, also where its callers and its Gateway run.

// Export is a setting that shows a Service to some namespaces only.
type Export struct {
	// Setting is the one, as people write it.
	Setting string
	// Namespaces are those whose clients know the Service; sorted. Nobody does without one.
	Namespaces []string
}

// hides reports whether clients of the namespace do not know the Service.
func (e *Export) hides(namespace string) bool {
	return e != nil && !slices.Contains(e.Namespaces, namespace)
}

// hiddenFromGateway is a Service that an ingress rule leads to, and that is hidden where the Gateway
// is: whatever lane its requests are of, they are answered 503. It is nil without one.
func hiddenFromGateway(s Snapshot) *Problem {
	ingress := s.Group.Ingress
	if ingress == nil || !slices.Contains(s.Group.IngressServices(), s.Service.Key) || !s.Service.Export.hides(ingress.Gateway.Namespace) {
		return nil
	}
	return exportProblem(s)
}

// maxHidden is how many namespaces a problem names.
const maxHidden = 10

// exportProblem is a Service that is hidden where requests of the group come from; nil without one.
func exportProblem(s Snapshot) *Problem {
	export := s.Service.Export
	if export == nil {
		return nil
	}
	hidden := slices.DeleteFunc(callersOf(s), func(namespace string) bool { return !export.hides(namespace) })
	if len(hidden) == 0 {
		return nil
	}
	whom, cure := "namespace "+FirstOf(hidden, maxHidden), "add %s to it"
	if len(export.Namespaces) == 0 {
		whom, cure = "everybody", "set it to %s"
	}
	return &Problem{apiv1.ReasonServiceUnsupported, fmt.Sprintf(
		"its %s hides it from %s, so that requests of the group that come from there are answered 503: "+cure+", or remove it",
		export.Setting, whom, FirstOf(hidden, maxHidden))}
}

// callersOf are the namespaces from which requests to a Service come: those of the group's Services,
// and the Gateway's if an ingress rule leads to it; sorted. The pods of a Gateway may run in
// another one, which nothing here tells.
func callersOf(s Snapshot) []string {
	namespaces := []string{s.Service.Key.Namespace}
	for _, service := range s.Group.Services {
		namespaces = append(namespaces, service.Namespace)
	}
	if s.Group.Ingress != nil && slices.Contains(s.Group.IngressServices(), s.Service.Key) {
		namespaces = append(namespaces, s.Group.Ingress.Gateway.Namespace)
	}
	slices.Sort(namespaces)
	return slices.Compact(namespaces)
}
