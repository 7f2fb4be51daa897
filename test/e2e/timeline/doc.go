// Package timeline remembers when what happened in the cluster: what a person
// did, what Kruise and the pods made of it, and what was written to the mesh.
// Requests are judged against it.
//
// All times are this process's own: of the moment before a command ran, or of
// the moment a watch told us. The cluster runs on the same machine, so there is
// one clock.
package timeline
