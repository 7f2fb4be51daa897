package lane

import "k8s.io/apimachinery/pkg/types"

// GroupService is one Service as one group's member: the unit of work.
type GroupService struct {
	Group   string
	Service types.NamespacedName
}

// String returns "group/namespace/name".
func (k GroupService) String() string { return k.Group + "/" + k.Service.String() }
