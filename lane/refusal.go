package lane

import (
	"maps"

	"k8s.io/apimachinery/pkg/types"
)

// A patch that the mesh does not take must stop nothing, an undo least of all. So there are
// two things to do without it: what is in force of the last one goes on, and if that is
// refused as well, as the mesh was not asked when it was written, nothing is merged at all.

// Patch is one of the two patches of a Service, by the field's name.
type Patch string

// The patches.
const (
	TrafficPatch Patch = "trafficPolicyPatch"
	RoutePatch   Patch = "httpRoutePatch"
)

// PatchOrigin is where a person finds a patch: with the Service, where nothing else is said.
type PatchOrigin string

// The origins.
const (
	FromService PatchOrigin = ""
	FromGroup   PatchOrigin = "group"
	// FromBoth is the Service's, merged over the group's default.
	FromBoth PatchOrigin = "both"
)

// defaults are the group's fields for those of a Service.
var defaults = map[Patch]string{TrafficPatch: "defaultTrafficPolicyPatch", RoutePatch: "defaultHttpRoutePatch"}

// PatchName names a Service's patch as a person finds it in the group.
func (p Policy) PatchName(patch Patch, service types.NamespacedName) string {
	from := p.RouteFrom
	if patch == TrafficPatch {
		from = p.TrafficFrom
	}
	own := string(patch) + " of service " + service.String()
	switch from {
	case FromGroup:
		return defaults[patch] + " (for service " + service.String() + ")"
	case FromBoth:
		return own + " (over " + defaults[patch] + ")"
	case FromService:
	}
	return own
}

// Refusal is that the mesh does not take a patch.
type Refusal struct {
	Problem
	// LeftOut is set when it does not take what is in force of it either.
	LeftOut bool
}

// Refusals are the patches that are refused.
type Refusals map[Patch]Refusal

// With is r and one more refusal. The second one of a patch is of what is in force, and the
// first one says what is wrong.
func (r Refusals) With(patch Patch, p Problem) Refusals {
	out := maps.Clone(r)
	if out == nil {
		out = Refusals{}
	}
	if first, ok := r[patch]; ok {
		out[patch] = Refusal{first.Problem, true}
	} else {
		out[patch] = Refusal{Problem: p}
	}
	return out
}

// Usable is what can be merged: the wanted patches, those in force instead of refused ones,
// and none where that is refused too.
func (r Refusals) Usable(wanted, inForce Policy) Policy {
	if refused, ok := r[TrafficPatch]; ok {
		wanted.Traffic = instead(refused, inForce.Traffic)
	}
	if refused, ok := r[RoutePatch]; ok {
		wanted.Route = instead(refused, inForce.Route)
	}
	return wanted
}

func instead(refused Refusal, inForce []byte) []byte {
	if refused.LeftOut {
		return nil
	}
	return inForce
}

// Why is what is wrong with the first of them; nil without one.
func (r Refusals) Why() *Problem {
	for _, patch := range []Patch{TrafficPatch, RoutePatch} {
		if refused, ok := r[patch]; ok {
			return &refused.Problem
		}
	}
	return nil
}

// Problem adds what becomes of the rest; nil without a refusal. It goes by what could be
// used.
func (r Refusals) Problem(used Policy) *Problem {
	var out *Problem
	for _, patch := range []Patch{TrafficPatch, RoutePatch} {
		refused, ok := r[patch]
		if !ok {
			continue
		}
		p := Problem{refused.Reason, refused.Message + "; it is left out until it is corrected, and lanes work as ever"}
		if patch == TrafficPatch && used.Traffic != nil || patch == RoutePatch && used.Route != nil {
			p.Message = refused.Message + "; until it is corrected the last patch that was taken stays in force, and lanes work as ever"
		}
		if out == nil {
			out = &p
		} else {
			out.Message += "; " + p.Message
		}
	}
	return out
}
