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
}

// PolicyOf returns the user's patches for a Service: its own, merged over the group's
// defaults, or these.
func (g Group) PolicyOf(service types.NamespacedName) Policy {
	if p, ok := g.Policies[service]; ok {
		return p
	}
	return g.DefaultPolicy
}

// newPolicies fills in the group's policies: it merges each Service's patches over the
// group's defaults. It returns the problem of patches that cannot be merged.
func newPolicies(g *Group, group *apiv1.ASMSwimLaneGroup) *Problem {
	g.DefaultPolicy = Policy{raw(group.Spec.DefaultTrafficPolicyPatch), raw(group.Spec.DefaultHTTPRoutePatch)}
	for _, s := range group.Spec.Services {
		own := Policy{raw(s.TrafficPolicyPatch), raw(s.HTTPRoutePatch)}
		if own.Traffic == nil && own.Route == nil {
			continue
		}
		traffic, err := mergePatch(g.DefaultPolicy.Traffic, own.Traffic)
		if err == nil {
			own.Traffic = traffic
			own.Route, err = mergePatch(g.DefaultPolicy.Route, own.Route)
		}
		if err != nil {
			return &Problem{apiv1.ReasonPatchRefused, fmt.Sprintf("httpRoutePatch or trafficPolicyPatch of service %s/%s cannot be merged, correct it: %v", s.Namespace, s.Name, err)}
		}
		g.Policies[types.NamespacedName{Namespace: s.Namespace, Name: s.Name}] = own
	}
	return nil
}

func mergePatch(base, patch []byte) ([]byte, error) {
	switch {
	case patch == nil:
		return base, nil
	case base == nil:
		return patch, nil
	}
	return jsonpatch.MergePatch(base, patch)
}

func raw(r *runtime.RawExtension) []byte {
	if r == nil || len(r.Raw) == 0 || string(r.Raw) == "null" || !json.Valid(r.Raw) {
		return nil
	}
	return r.Raw
}
