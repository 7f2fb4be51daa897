// Package node is a Kubernetes node that runs pods as plain Linux processes:
// no container runtime, no images, one machine, root.
//
// The pod's life in the API (watching, leases, status, deletion) is that of
// the virtual-kubelet library; this package is its provider. What a pod gets
// is what matters to a service mesh:
//
//   - a network namespace with an address of its own on a bridge, so that
//     traffic capture, workload certificates and endpoints are real;
//   - per container a process in its own PID and mount namespace, with the
//     volumes, service account token, /etc/hosts and environment of its spec;
//   - Istio's real sidecar, where the pod asks for it with the label that the
//     injector would have set;
//   - probes, restarts with back-off and a graceful end, since losing or
//     keeping a request is decided there.
//
// An image name stands for a program (see images.go). Namespaces, interfaces
// and mounts are anonymous: they belong to the processes and vanish with them.
// Only the pods' files and logs under Config.Dir stay.
package node
