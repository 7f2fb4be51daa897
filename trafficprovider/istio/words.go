package istio

import "lanekeeper.io/trafficprovider"

// Words speak of subsets and routes, and of proxies that learn of them.
func (*Provider) Words() trafficprovider.Words {
	return trafficprovider.Words{
		Joining:         "joins when every proxy knows its subset",
		Routing:         "the route joins when every proxy knows the lane's subset",
		Settling:        "a subset is added or removed: it waits one settle, until every proxy knows it, or none routes to it",
		Withdrawing:     "its routes and subsets leave the mesh",
		Order:           "routes go first, their subsets one settle later",
		IngressSettling: "an entry route waits until every proxy knows the subset that it names; a Service that says Conflict or PatchRefused keeps it waiting",
	}
}
