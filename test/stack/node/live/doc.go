// Package live tests the node where its work is: in a running stack, against
// the real API server, scheduler and sidecars. It needs root and the built
// parts.
package live
