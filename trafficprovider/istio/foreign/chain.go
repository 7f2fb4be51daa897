package foreign

import "slices"

// Chain is the namespaces from which a group's requests come: those of its Services and
// of its Gateway. Somebody's object that holds for the clients of one namespace can harm
// the group only there; elsewhere it is its owner's affair, and keeps nobody from anything.
type Chain []string

// has reports whether requests of the group come from a namespace. Istio's root
// namespace, where gateways run that others' Gateways select, is nobody's but the mesh's.
func (c Chain) has(namespace string) bool {
	return namespace == RootNamespace || slices.Contains(c, namespace)
}

// sees reports whether an object of that audience holds for requests of the group.
func (c Chain) sees(a audience) bool { return a.everybody || slices.ContainsFunc(a.namespaces, c.has) }
