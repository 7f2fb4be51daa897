// Package collapse says whether requests were lost because this machine could not
// carry the load, and not by the product.
//
// Cores that do all they can make requests wait, every request that waits wants a
// connection of its own, connections that cannot be opened in time fail, and it goes
// on until the load stops. It shows: all cores are in use, and in the same seconds
// requests are sent late, or a stream has as many requests open as it may, or a proxy
// gives up connecting to a pod that is ready. A loss without these signs is the
// product's; one with them proves nothing either way, and what was played is played once
// more with half the load (AtMostTwice).
package collapse
