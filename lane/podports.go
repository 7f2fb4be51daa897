package lane

import "strings"

// PortNames are names that the targetPorts of a Service ask for. Kubernetes publishes a pod without
// the ports whose names none of its containers has, so that no request to these reaches it.
type PortNames struct {
	// Missing are those that no container port of the pod has; sorted.
	Missing []string
	// All is set when no port of the Service is left. The pod is not ready for it then, whatever
	// it says itself.
	All bool
}

// note is what to say of the pod; empty when each port of the Service leads to it.
func (n PortNames) note() string {
	if len(n.Missing) == 0 {
		return ""
	}
	requests := "no request"
	if !n.All {
		requests = "no request to that port"
	}
	return "no container port is named " + strings.Join(n.Missing, " or ") +
		", as the Service's targetPort asks for, so that " + requests + " reaches it: name the port so"
}

// unreached is the note on pods of a lane that no request to the Service reaches, whatever they
// say of themselves; empty without one.
func unreached(s Snapshot, verdicts []Verdict, laneName string) string {
	out := ""
	for i, p := range s.Pods {
		if p.Terminating || !p.PortNames.All || verdicts[i].Lane != laneName {
			continue
		}
		if note := p.PortNames.note(); out == "" || note < out {
			out = note
		}
	}
	return out
}
