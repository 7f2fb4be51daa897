package lane

import apiv1 "lanekeeper.io/api/v1"

// IgnoredAnnotations says of each annotation of the group that has no effect why, sorted. They are
// no part of the spec: the schema does not check them, and the group is accepted without them.
func IgnoredAnnotations(group *apiv1.ASMSwimLaneGroup) []string {
	var out []string
	says := func(annotation, ignored string) {
		if ignored != "" {
			out = append(out, "annotation "+annotation+" has no effect: "+ignored)
		}
	}
	_, cookie := newCookie(group)
	says(apiv1.AnnotationBaseline, baselineIgnored(group))
	says(apiv1.AnnotationRestoreTags, restoreIgnored(group))
	says(apiv1.AnnotationStickyCookie, cookie)
	says(apiv1.AnnotationStripTags, stripTagsIgnored(group))
	return out
}
