package lane

import (
	"encoding/json"
	"fmt"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Policy is what a user merges into generated objects, as JSON objects; nil for nothing.
type Policy struct {
	// Traffic is merged into traffic policies.
	Traffic []byte
	// Route is merged into HTTP routes.
	Route []byte
	// TrafficFrom and RouteFrom say where a person finds them.
	TrafficFrom, RouteFrom PatchOrigin
	// Services are the group's: copies of requests must go to none of them, since they would meet all
	// of its versions.
	Services []types.NamespacedName
}

// PolicyOf returns the user's patches for a Service: its own, merged over the group's
// defaults, or these.
func (g Group) PolicyOf(service types.NamespacedName) Policy {
	p, ok := g.Policies[service]
	if !ok {
		p = g.DefaultPolicy
	}
	p.Services = g.Services
	return p
}

// newPolicies fills in the group's policies: it merges each Service's patches over the
// group's defaults. It returns the problem of patches that cannot be merged.
func newPolicies(g *Group, group *apiv1.ASMSwimLaneGroup) *Problem {
	g.DefaultPolicy = Policy{
		Traffic: raw(group.Spec.DefaultTrafficPolicyPatch), TrafficFrom: FromGroup,
		Route: raw(group.Spec.DefaultHTTPRoutePatch), RouteFrom: FromGroup,
	}
	for _, s := range group.Spec.Services {
		traffic, route := raw(s.TrafficPolicyPatch), raw(s.HTTPRoutePatch)
		if traffic == nil && route == nil {
			continue
		}
		var own Policy
		var err error
		if own.Traffic, own.TrafficFrom, err = mergePatch(g.DefaultPolicy.Traffic, traffic); err == nil {
			own.Route, own.RouteFrom, err = mergePatch(g.DefaultPolicy.Route, route)
		}
		if err != nil {
			return &Problem{apiv1.ReasonPatchRefused, fmt.Sprintf("httpRoutePatch or trafficPolicyPatch of service %s/%s cannot be merged, correct it: %v", s.Namespace, s.Name, err)}
		}
		g.Policies[types.NamespacedName{Namespace: s.Namespace, Name: s.Name}] = own
	}
	return nil
}

func mergePatch(base, patch []byte) ([]byte, PatchOrigin, error) {
	switch {
	case patch == nil:
		return base, FromGroup, nil
	case base == nil:
		return patch, FromService, nil
	}
	merged, err := jsonpatch.MergePatch(base, patch)
	return merged, FromBoth, err
}

func raw(r *runtime.RawExtension) []byte {
	if r == nil || len(r.Raw) == 0 || string(r.Raw) == "null" || !json.Valid(r.Raw) {
		return nil
	}
	return r.Raw
}
