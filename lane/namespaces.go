package lane

import (
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Namespaces are those in which a group's traffic objects are. Whoever has a namespace
// can give an object there any name and any labels, so these do not make it the group's.
// But he cannot write the group, and the group says where its objects are: in its spec,
// and, for what it was before an edit, in an annotation.
type Namespaces struct {
	// Services are the namespaces of the group's Services, and Ingress that of its
	// Gateway, those that it had included; sorted.
	Services, Ingress []string
	// Anywhere is set for a group that does not exist: nobody is left to say where.
	Anywhere bool
}

// NamespacesOf reads them from the group.
func NamespacesOf(group *apiv1.ASMSwimLaneGroup) Namespaces {
	n := Namespaces{
		Services: recorded(group, apiv1.AnnotationServiceNamespaces),
		Ingress:  recorded(group, apiv1.AnnotationEntryNamespaces),
	}
	slices.Sort(n.Services)
	n.Services = slices.Compact(n.Services)
	for _, s := range group.Spec.Services {
		n.Services = withNamespace(n.Services, s.Namespace)
	}
	if gateway := group.Spec.Ingress.Gateway; gateway.Name != "" {
		n.Ingress = append(n.Ingress, gateway.Namespace)
	}
	slices.Sort(n.Ingress)
	n.Ingress = slices.Compact(n.Ingress)
	return n
}

// serviceNamespaces are those of the group's Services, as its spec has them now; sorted.
func (g Group) serviceNamespaces() []string {
	var out []string
	for _, service := range g.Services {
		out = withNamespace(out, service.Namespace)
	}
	return out
}

// withNamespace is a sorted list with one more, if it is not in it. Groups have many Services in few
// namespaces, and every look asks: a list of all would be most of its garbage.
func withNamespace(sorted []string, namespace string) []string {
	i, there := slices.BinarySearch(sorted, namespace)
	if there {
		return sorted
	}
	return slices.Insert(sorted, i, namespace)
}

// OfService reports whether an object for a Service in the namespace can be the group's.
func (n Namespaces) OfService(namespace string) bool {
	return n.Anywhere || slices.Contains(n.Services, namespace)
}

// OfIngress reports whether an object for the ingress in the namespace can be the group's.
func (n Namespaces) OfIngress(namespace string) bool {
	return n.Anywhere || slices.Contains(n.Ingress, namespace)
}

// maxRecord keeps ours well within what the annotations of an object may have together, which
// is maxAnnotations. A group may have many of somebody's own.
const maxRecord, maxAnnotations = 64 << 10, 256 << 10

// Record writes the namespaces down on the group, and reports whether that changed it.
// What would not fit is not recorded: then only the spec says where the objects are.
func (n Namespaces) Record(group *apiv1.ASMSwimLaneGroup) bool {
	changed := false
	for key, namespaces := range map[string][]string{
		apiv1.AnnotationServiceNamespaces: n.Services,
		apiv1.AnnotationEntryNamespaces:   n.Ingress,
	} {
		value := strings.Join(namespaces, ",")
		others := sizeWithout(group.Annotations, key)
		if value == group.Annotations[key] || len(value) > maxRecord || others+len(key)+len(value) > maxAnnotations {
			continue
		}
		if group.Annotations == nil {
			group.Annotations = map[string]string{}
		}
		group.Annotations[key] = value
		changed = true
	}
	return changed
}

// sizeWithout is the size of annotations as the API server counts it, but for one.
func sizeWithout(annotations map[string]string, but string) int {
	size := 0
	for key, value := range annotations {
		if key != but {
			size += len(key) + len(value)
		}
	}
	return size
}

func recorded(group *apiv1.ASMSwimLaneGroup, key string) []string {
	return strings.FieldsFunc(group.Annotations[key], func(r rune) bool { return r == ',' || r == ' ' })
}
