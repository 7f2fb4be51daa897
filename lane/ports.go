package lane

import (
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Port is a port of a Service.
type Port struct {
	Number int32
	// Opaque is the protocol that keeps requests to the port from following lanes, as
	// people know it: the mesh sees connections, and no headers. Empty where they follow.
	Opaque string
	// Outside is set for a port without connections, such as UDP's, to which no route goes.
	// A port of the same number may be another one's.
	Outside bool
}

// Numbers returns those of the ports that a route may go to; nil where no ports are known.
func Numbers(ports []Port) []int32 {
	if len(ports) == 0 {
		return nil
	}
	out := make([]int32, 0, len(ports)) // none of them is another thing than none known
	for _, p := range ports {
		if !p.Outside {
			out = append(out, p.Number)
		}
	}
	return out
}

// opaque reports whether no request to the Service can follow a lane.
func (s Service) opaque() bool {
	return len(s.Ports) > 0 && !slices.ContainsFunc(s.Ports, func(p Port) bool { return p.Opaque == "" })
}

// opaquePorts is what to say of the ports whose requests stay with the baseline; nil
// without one.
func opaquePorts(s Service) *Problem {
	var parts []string
	for _, p := range s.Ports {
		if p.Opaque != "" {
			parts = append(parts, fmt.Sprintf("%d (%s)", p.Number, p.Opaque))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	what := "requests to port " + strings.Join(parts, ", ") + " follow no lane and stay with the baseline"
	if s.opaque() {
		what = "the Service is in no lane, since it has no HTTP port: " + what
	}
	return &Problem{apiv1.ReasonServiceUnsupported, what + "; if it speaks HTTP, say so by the port's name (http-…) or its appProtocol"}
}

// portOf returns the port of its Service that a rule goes to, which a route always says: a
// route without one would mean nothing as soon as the Service has a second port. live is
// the port of it that the rule's route goes to now, 0 without one: a rule without portNum goes on
// meaning the port that it meant when the Service had only that.
func portOf(rule IngressRule, ports []int32, live int32) (int32, *Problem) {
	switch {
	case ports == nil: // not known
		return rule.Port, nil
	case len(ports) == 0:
		return 0, &Problem{apiv1.ReasonPortNotFound, fmt.Sprintf(
			"it goes to Service %s, which has no port that requests can go to: give it one of TCP, or correct destination.host", rule.Service)}
	case rule.Port != 0 && !slices.Contains(ports, rule.Port):
		return 0, &Problem{apiv1.ReasonPortNotFound, fmt.Sprintf(
			"it goes to port %d of Service %s, which has %s: correct destination.portNum", rule.Port, rule.Service, portList(ports))}
	case rule.Port != 0:
		return rule.Port, nil
	case len(ports) == 1:
		return ports[0], nil
	case live != 0 && slices.Contains(ports, live):
		return live, nil
	}
	return 0, &Problem{apiv1.ReasonInvalid, fmt.Sprintf(
		"it goes to Service %s, which has %s, and says none of them: set destination.portNum", rule.Service, portList(ports))}
}

// Refused returns why no route can be made of the rule, as far as that can be known before
// there is one; nil when one can. ports are those of its Service, none when they are not
// known.
func (r IngressRule) Refused(ports []int32) *Problem {
	if r.Problem != nil {
		return r.Problem
	}
	_, problem := portOf(r, ports, 0)
	return problem
}

// portList is "port 8000" or "ports 8000, 9000".
func portList(ports []int32) string {
	word, list := "port", ""
	for i, p := range slices.Sorted(slices.Values(ports)) {
		if i > 0 {
			word, list = "ports", list+", "
		}
		list += fmt.Sprint(p)
	}
	return word + " " + list
}
