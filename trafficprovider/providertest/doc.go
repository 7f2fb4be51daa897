// Package providertest says in tests what every provider promises, whatever
// mesh it is for. A provider's own tests call Run:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Setup{New: ..., Scheme: ...})
//	}
//
// It knows a mesh only through the interface, and lets the real Applier write
// into a fake API server. That routes and subsets come and go in the right
// order can only be seen in the objects themselves: each provider has to test
// that on its own.
package providertest
