package trafficprovider

// Words are how a status tells what the objects of a provider wait for. Packages that
// know no mesh put them into their sentences.
type Words struct {
	// Joining goes on from "lane canary", a lane whose requests are not routed yet.
	Joining string
	// Routing is the same in the lane's own status, as a whole sentence.
	Routing string
	// Settling is what else a managed Service waits for.
	Settling string
	// Withdrawing is what a Service waits for that left its group.
	Withdrawing string
	// Order is the order in which a group's objects are removed. It goes between "2 traffic
	// objects; " and ", then the group".
	Order string
	// IngressSettling is what a group's ingress waits for.
	IngressSettling string
}
