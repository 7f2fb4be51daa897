package lane

import (
	"fmt"

	apiv1 "lanekeeper.io/api/v1"
)

// stripsTags reports whether a group asks for clients' own tags to be taken off.
func stripsTags(group *apiv1.ASMSwimLaneGroup) bool {
	return group.Annotations[apiv1.AnnotationStripTags] == "true"
}

// stripTagsIgnored is why the annotation for that has no effect; empty where it does. A person who
// wrote another word may rely on it, and tags would get in.
func stripTagsIgnored(group *apiv1.ASMSwimLaneGroup) string {
	value, ok := group.Annotations[apiv1.AnnotationStripTags]
	if !ok || value == "true" || value == "false" {
		return ""
	}
	return fmt.Sprintf("it is %.40q, and clients' own tags are not taken off: write \"true\" or \"false\"", value)
}
