// Package supervisor is the inside of a stack.
//
// A stack is one process with new PID, network, mount, IPC and host-name
// namespaces, and everything that process starts. The kernel ends all of it
// together with that first process: a stack that is interrupted, crashes or is
// killed leaves no process, interface or mount behind, and two stacks cannot meet
// each other, so that all ports are fixed.
//
//	Init (pid 1)   mounts what a stack must not share, collects orphans
//	└─ Serve       network, control plane, mesh, and the node with its pods
//	   ├─ etcd, kube-apiserver, …
//	   └─ the pods' processes
package supervisor
