// Command lanekeeper is the manager: it follows Rollouts, and makes lanes, their traffic
// and the labels of their pods follow them.
//
// Every replica serves the webhook; the leader runs the controllers and makes the
// webhook's certificate. run wires the packages together:
//
//	facts.Cluster             the caches, on every replica
//	webhook.Setup             decides with lane about what the API server asks
//	trafficprovider.Applier   writes to the mesh, through the provider istio
//	rolloutwatch              the controllers, on the leader
//
// # A worked example
//
// A manager outside of a cluster, which alone writes and logs for people:
//
//	lanekeeper --kubeconfig ~/.kube/config --leader-elect=false \
//		--cert-management=external --cert-dir ./certificate --log-format text
//
// lanekeeper --help has all flags, those of the provider included.
package main
