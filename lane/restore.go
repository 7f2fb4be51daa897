package lane

import (
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// In a group whose traceHeader is neither its routeHeader nor baggage, applications pass on an id
// and no tag. The mesh restores the tag from it, by something in the proxies of the namespaces of
// the group's Services.

// It does so on request, until it is proven in every story: lanekeeper.io/restore-tags.

// needsRestoring reports whether a group has such a traceHeader, inside of which somebody goes by
// tags.
func needsRestoring(group *apiv1.ASMSwimLaneGroup) bool {
	p := group.Spec.PermissiveModeConfiguration
	return group.Spec.IsPermissive && p.TraceHeader != "" && !strings.EqualFold(p.TraceHeader, p.RouteHeader) && !strings.EqualFold(p.TraceHeader, BaggageHeader)
}

func restoresTags(group *apiv1.ASMSwimLaneGroup) bool {
	return needsRestoring(group) && group.Annotations[apiv1.AnnotationRestoreTags] == "true"
}

// NotRestored is why applications have to pass on the tag although the group names a header of
// ids; empty where the mesh restores it, or the group names none.
func NotRestored(group *apiv1.ASMSwimLaneGroup) string {
	p := group.Spec.PermissiveModeConfiguration
	if !needsRestoring(group) || restoresTags(group) {
		return ""
	}
	return "tags are restored from header " + p.TraceHeader + " on request only, by the annotation " + apiv1.AnnotationRestoreTags + ": \"true\"; without it the applications have to pass on header " + p.RouteHeader
}

// restoreIgnored is why that annotation has no effect; empty where it has one.
func restoreIgnored(group *apiv1.ASMSwimLaneGroup) string {
	switch value, ok := group.Annotations[apiv1.AnnotationRestoreTags]; {
	case !ok || value == "false":
	case value != "true":
		return "write \"true\" or \"false\""
	case !needsRestoring(group):
		return "tags are restored in permissive groups whose traceHeader is neither their routeHeader nor baggage"
	}
	return ""
}

// Restoring says where tags are restored from trace ids.
type Restoring struct {
	// Namespaces are those whose proxies do it; sorted. What is in others stays until the group
	// goes: to take it away would end long requests.
	Namespaces []string
	// Gone is set when the group is: then all of it goes.
	Gone bool
}

// restoring is what the snapshot's group asks for; nil to leave everything as it is.
func (s IngressSnapshot) restoring() *Restoring {
	switch {
	case s.Withdrawing:
		return &Restoring{Gone: true}
	case s.Hold != nil || s.Group.Trace == "":
		return nil
	}
	return &Restoring{Namespaces: s.Group.serviceNamespaces()}
}
