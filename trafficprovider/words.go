package trafficprovider

// Words are how a provider says in a status what its objects wait for. Neutral
// packages put them into their sentences.
type Words struct {
	// Joining: "lane canary …", a lane that requests do not meet yet.
	Joining string
	// Routing is the same in the lane's own status.
	Routing string
	// Settling is what else a managed Service waits for.
	Settling string
	// Withdrawing is what a Service waits for that leaves its group.
	Withdrawing string
	// Order: "3 traffic objects are still in the mesh; …, then the group".
	Order string
	// IngressSettling is what a group's ingress waits for.
	IngressSettling string
}
