// Package stack starts, finds and steers real clusters on this machine, without
// containers: etcd, kube-apiserver, controllers, scheduler, Kruise Rollout,
// istiod, an ingress gateway, and a node whose pods have network namespaces,
// sidecars and mTLS.
//
// A stack lives in namespaces of its own, and the kernel ends all of it together
// with its first process (see package supervisor). Nothing else has to be cleaned
// up, whatever happens to the test that started it.
//
//	s, err := stack.Start(ctx, stack.Options{Name: "mine"})
//	defer s.Stop()
//	config := s.RESTConfig()                    // dials inside the stack
//	s.Command(ctx, "kubectl", "get", "pods")    // runs inside the stack
//	s.SignalComponent("istiod", syscall.SIGSTOP) // and so on
package stack
