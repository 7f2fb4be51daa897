// Package status says what people are told: the conditions and rows of groups and
// lanes, and the metrics beside them.
//
//	Service    what one look at a Service came to (lane.Plan, trafficprovider.Outcome)
//	Store      the last Service of each member of a group; empty after a start
//	Group, Lane  the status of an object, rolled up from the Store
//	Change     whose status a Service that changed shows
//
// It is pure but for the Store, which is memory: it reads no cluster, and no decision
// is made from what it says.
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
