package lane

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// NewGroup parses a group and its lanes. The problem, if any, is one that makes
// the group unusable as a whole; the webhook refuses such edits and the
// controllers freeze what they got through. The Group is as good as it can be
// made even then.
func NewGroup(group *apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane) (Group, *Problem) {
	permissive := group.Spec.PermissiveModeConfiguration
	g := Group{
		Name:            group.Name,
		Mode:            modeOf(group.Spec.IsPermissive),
		RouteHeader:     strings.ToLower(permissive.RouteHeader),
		AutoUpdate:      group.Spec.AutoUpdate,
		Baseline:        permissive.FallbackTarget,
		ServiceBaseline: map[types.NamespacedName]string{},
		Services:        keys(group.Spec.Services),
		Policies:        map[types.NamespacedName]Policy{},
		Ingress:         newIngress(group),
	}
	for key, target := range permissive.ServiceLevelFallbackTarget {
		namespace, name, _ := strings.Cut(key, "/")
		g.ServiceBaseline[types.NamespacedName{Namespace: namespace, Name: name}] = target
	}
	g.Lanes, g.Rejected = admit(lanes)
	if p := newPolicies(&g, group); p != nil {
		return g, p
	}
	return g, validate(g)
}

// validate finds what no single object shows.
func validate(g Group) *Problem {
	if g.Mode == Strict {
		return &Problem{apiv1.ReasonNotYetSupported, "strict mode is not built yet: set isPermissive: true and permissiveModeConfiguration.fallbackTarget"}
	}
	if p := g.rejectedBaseline(); p != nil {
		return p
	}
	for _, service := range slices.SortedFunc(maps.Keys(g.ServiceBaseline), CompareKeys) {
		if !g.Has(service) {
			return &Problem{apiv1.ReasonInvalid, fmt.Sprintf("serviceLevelFallbackTarget names %s, which is not in spec.services: add it there, or take it out of serviceLevelFallbackTarget", service)}
		}
	}
	return nil
}

// Accepted reports whether the lane was accepted in the group that it belongs to now. It
// only says which of two lanes was there first (laneorder.go): a status may be edited.
func Accepted(l *apiv1.ASMSwimLane) bool {
	return l.Status.Group == l.Labels[apiv1.LabelSwimLaneGroup] &&
		meta.IsStatusConditionTrue(l.Status.Conditions, apiv1.ConditionAccepted)
}

func newLane(l *apiv1.ASMSwimLane) Lane {
	out := Lane{
		Name: l.Name, Selector: l.Spec.LabelSelector, Services: keys(l.Spec.Services),
		Deleting: !l.DeletionTimestamp.IsZero(),
	}
	for i, r := range l.Spec.IngressRules {
		if r.Online {
			out.Rules = append(out.Rules, newRule(i, r))
		}
	}
	return out
}

// newPolicies merges each service's patches over the group's defaults.
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

// distinct: some key has different values in both, so no pod matches both.
func distinct(a, b map[string]string) bool {
	for k, v := range a {
		if w, ok := b[k]; ok && w != v {
			return true
		}
	}
	return false
}

func keys(refs []apiv1.ServiceReference) []types.NamespacedName {
	out := make([]types.NamespacedName, len(refs))
	for i, r := range refs {
		out[i] = types.NamespacedName{Namespace: r.Namespace, Name: r.Name}
	}
	slices.SortFunc(out, CompareKeys)
	return slices.Compact(out)
}

// CompareKeys orders by namespace, then by name.
func CompareKeys(a, b types.NamespacedName) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}
