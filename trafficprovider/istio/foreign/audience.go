package foreign

import "slices"

// audience is who sees an object.
type audience struct {
	everybody  bool
	namespaces []string // sorted; none of them when everybody does
}

// audienceOf reads exportTo. An object without it is taken for one that everybody sees,
// although a mesh may say otherwise for all of them (meshConfig.defaultDestinationRuleExportTo,
// defaultVirtualServiceExportTo). Ours always say it.
func audienceOf(exportTo []string, namespace string) audience {
	if len(exportTo) == 0 || slices.Contains(exportTo, "*") {
		return audience{everybody: true}
	}
	var a audience
	for _, e := range exportTo {
		switch e {
		case "~":
		case ".":
			a.namespaces = append(a.namespaces, namespace)
		default:
			a.namespaces = append(a.namespaces, e)
		}
	}
	slices.Sort(a.namespaces)
	a.namespaces = slices.Compact(a.namespaces)
	return a
}

func (a audience) nobody() bool { return !a.everybody && len(a.namespaces) == 0 }

func (a audience) has(namespace string) bool {
	return a.everybody || slices.Contains(a.namespaces, namespace)
}

// only reports whether nobody but one namespace sees the object.
func (a audience) only(namespace string) bool {
	return !a.everybody && slices.Equal(a.namespaces, []string{namespace})
}
