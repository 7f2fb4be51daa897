package istio

import (
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

const (
	rulePrefix    = "trafficlabel-dr-"
	routesPrefix  = "trafficlabel-vs-"
	ingressPrefix = "swimlane-ingress-vs-"
)

// everyNamespace is the exportTo of all that we write. It is said, because a mesh may
// make objects private that do not say it (meshConfig.defaultDestinationRuleExportTo,
// defaultVirtualServiceExportTo), and clients and gateways are in any namespace.
func everyNamespace() []string { return []string{"*"} }

func ruleName(group string, service types.NamespacedName) types.NamespacedName {
	return objectName(rulePrefix, group, service)
}

func routesName(group string, service types.NamespacedName) types.NamespacedName {
	return objectName(routesPrefix, group, service)
}

// objectName has at most 16 + 3*63 + 2 of the 253 characters of a name: groups, namespaces
// and Services have 63 each. Two groups may come to the same name (trafficprovider.Taken).
func objectName(prefix, group string, service types.NamespacedName) types.NamespacedName {
	return types.NamespacedName{
		Namespace: service.Namespace,
		Name:      prefix + group + "-" + service.Namespace + "-" + service.Name,
	}
}

// servicesNamed are the Services that an object of this name may be meant for: hyphens
// leave that open, so there may be several. Two readings may share a hyphen
// (g-col-col-s is of col-s and of s).
func servicesNamed(object types.NamespacedName) []types.NamespacedName {
	rest, ok := strings.CutPrefix(object.Name, rulePrefix)
	if !ok {
		rest, ok = strings.CutPrefix(object.Name, routesPrefix)
	}
	var out []types.NamespacedName
	for middle := "-" + object.Namespace + "-"; ok; {
		if _, rest, ok = strings.Cut(rest, middle); ok && rest != "" {
			out = append(out, types.NamespacedName{Namespace: object.Namespace, Name: rest})
		}
		rest = "-" + rest
	}
	return out
}

func ingressName(group, namespace string) types.NamespacedName {
	return types.NamespacedName{Namespace: namespace, Name: ingressPrefix + group}
}

func serviceLabels(group string, service types.NamespacedName) map[string]string {
	return map[string]string{
		apiv1.LabelManagedBy:        apiv1.ManagedBy,
		apiv1.LabelSwimLaneGroup:    group,
		apiv1.LabelGroup:            group,
		apiv1.LabelServiceNamespace: service.Namespace,
		apiv1.LabelService:          service.Name,
	}
}

func ingressLabels(group string) map[string]string {
	return map[string]string{
		apiv1.LabelManagedBy:     apiv1.ManagedBy,
		apiv1.LabelSwimLaneGroup: group,
		apiv1.LabelGroup:         group,
		apiv1.LabelEntry:         "true",
	}
}
