package lane

import (
	"cmp"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Mode is what a lane is to a group, and what becomes of a request whose lane has not got the
// Service.
type Mode string

const (
	// Permissive: a request is of the lane whose tag it carries, and meets the baseline where
	// that lane has no pod.
	Permissive Mode = "Permissive"
	// Strict: each lane is a whole chain. A request inside is of the lane whose pod sends it,
	// whatever tag it carries, and is answered 503 where that lane has no pod. Callers of no
	// lane meet the baseline's.
	Strict Mode = "Strict"
)

func modeOf(isPermissive bool) Mode {
	if isPermissive {
		return Permissive
	}
	return Strict
}

// baselines are the lane that serves who is of no gray lane, and that of single Services. In
// strict mode there is nothing to fall back to, and an annotation may name the lane: ASM has no
// field for it, and all versions serve them there.
func baselines(group *apiv1.ASMSwimLaneGroup) (string, map[types.NamespacedName]string) {
	of := map[types.NamespacedName]string{}
	if !group.Spec.IsPermissive {
		return cmp.Or(group.Annotations[apiv1.AnnotationBaseline], AllVersions), of
	}
	permissive := group.Spec.PermissiveModeConfiguration
	for key, target := range permissive.ServiceLevelFallbackTarget {
		namespace, name, _ := strings.Cut(key, "/")
		of[types.NamespacedName{Namespace: namespace, Name: name}] = target
	}
	return permissive.FallbackTarget, of
}

// baselineIgnored is why the annotation for that has no effect; empty where it does.
func baselineIgnored(group *apiv1.ASMSwimLaneGroup) string {
	if _, ok := group.Annotations[apiv1.AnnotationBaseline]; !ok || !group.Spec.IsPermissive {
		return ""
	}
	return "it is for strict groups, and fallbackTarget names the baseline of this one"
}

// baselineField is where a person names the group's baseline.
func (m Mode) baselineField() string {
	if m == Strict {
		return "annotation " + apiv1.AnnotationBaseline
	}
	return "fallbackTarget"
}

// lacking are the gray lanes that a Service of a strict group is not in: their callers are
// refused, and do not meet whoever is there instead.
func lacking(s Snapshot, in []Member) []Member {
	if s.Group.Mode != Strict {
		return nil
	}
	var out []Member
	for _, l := range s.Group.GrayLanes(s.Service.Key) {
		if _, has := MemberOf(in, l.Name); !has && !l.Deleting {
			out = append(out, Member{Lane: l.Name, Selector: l.Selector, Why: Reason{apiv1.ReasonNoReadyPods,
				fmt.Sprintf("lane %s lacks the Service: its callers are answered 503 there", l.Name)}})
		}
	}
	return out
}
