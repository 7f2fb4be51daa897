// Package trafficprovider brings plans into a mesh. A Provider knows one mesh's objects:
// it reads what is live and translates a plan into the next writes, and writes nothing
// itself. The Applier is the only writer of traffic objects.
//
//	live, err := applier.Service(ctx, group, service)  // what is in the mesh
//	plan := lane.Compute(snapshot)                      // what should be
//	outcome, err := applier.Apply(ctx, plan, live)      // the next step towards it
//
// A step is rarely the whole way: a subset is defined one settle before a route names it
// (lane.Settle). Outcome.RequeueAfter is when to apply the plan again.
//
// # A worked example
//
// Service mockb, which is taken over, joins lane canary. The settle is 10s. With package
// istio the calls of Apply are:
//
//	at 0s   Translate   update DestinationRule: subset canary, named after 10s
//	        Outcome     Phase Waiting, Programmed [base], RequeueAfter 10s
//	at 10s  Translate   Unconfirmed: a route is to name a subset, which the cache may
//	                    show although it is gone; nothing is written from the cache
//	        Live        the same objects, from the API server
//	        Translate   update VirtualService: requests with the tag go to canary
//	        Outcome     Phase Complete, Programmed [base canary], RequeueAfter 0
//
// Package providertest has the tests that every provider must pass.
package trafficprovider
