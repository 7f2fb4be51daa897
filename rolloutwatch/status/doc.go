// Package status makes the statuses of groups and lanes, and the metrics that go with
// them.
//
//	Service      what became of one Service (lane.Plan, trafficprovider.Outcome)
//	Store        the last Service of each member of a group, in memory
//	Group, Lane  the status of an object, rolled up from the Store
//	Change       a Service that changed, and which statuses show it
//
// It is pure but for the Store, which is empty after a start. It reads no cluster. No
// decision about traffic is made from a status.
//
// # A worked example
//
// Service mockb has joined lane canary, whose route waits for one settle:
//
//	Service{State: Managed, Gray: [canary 1/1], Routed: [base]}
//	  group rollout   services: mockb  programmed: false, reason Settling
//	                  Ready=False  Settling: "default/mockb: lane canary joins when …"
//	  lane canary     services: mockb  pods 1, ready 1, reason Settling
package status
