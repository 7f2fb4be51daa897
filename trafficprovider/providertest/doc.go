// Package providertest tests what every provider promises, whatever mesh it is for. A
// provider's own tests call Run:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Setup{New: ..., Scheme: ...})
//	}
//
// It knows a mesh only through the interface, and lets the real Applier write into a fake
// API server. That routes and subsets are added and removed in the right order can only be
// seen in the objects themselves: each provider has to test that on its own.
//
// # A worked example
//
// "a lane is programmed one settle after it came" applies the plan of a Service without
// gray lanes until it is complete, and then one with lane canary. Until the clock has
// advanced by a settle, canary must not be in Outcome.Programmed, and then it must.
package providertest
