package supervisor

import (
	"context"

	"k8s.io/client-go/rest"

	"lanekeeper.io/test/stack/pki"
)

const (
	apiServer = bridgeIP + ":6443"
	etcdURL   = "http://127.0.0.1:2379"
)

// apiServerHosts are the names under which pods and components call the API
// server.
var apiServerHosts = []string{
	bridgeIP, serviceIP, "127.0.0.1", "localhost",
	"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
}

func (s *Supervisor) etcd() *component {
	return s.component("etcd", "etcd", httpReady(etcdURL+"/health"),
		"--data-dir=data",
		"--listen-client-urls="+etcdURL,
		"--advertise-client-urls="+etcdURL,
		"--listen-peer-urls=http://127.0.0.1:2380",
		"--initial-advertise-peer-urls=http://127.0.0.1:2380",
		"--initial-cluster=default=http://127.0.0.1:2380",
		"--unsafe-no-fsync", // nobody needs this data after a power cut
		"--log-level=warn",
	)
}

func (s *Supervisor) apiServer() *component {
	ready := func(ctx context.Context) error {
		return s.kube.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}
	return s.component("kube-apiserver", "kube-apiserver", ready,
		"--etcd-servers="+etcdURL,
		"--bind-address=0.0.0.0",
		"--secure-port=6443",
		"--advertise-address="+bridgeIP,
		// kubernetes.default needs no endpoints: pods are told the address.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range="+serviceCIDR,
		"--client-ca-file="+s.dir.PKI(pki.CA),
		"--tls-cert-file="+s.dir.PKI(pki.ServerCert),
		"--tls-private-key-file="+s.dir.PKI(pki.ServerKey),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file="+s.dir.PKI(pki.AccountsPub),
		"--service-account-signing-key-file="+s.dir.PKI(pki.AccountsKey),
		"--authorization-mode=RBAC",
		// There is no kube-proxy: webhooks are called at their Service's endpoints.
		// That belongs to aggregation, which wants the front proxy's certificates.
		"--enable-aggregator-routing=true",
		"--requestheader-client-ca-file="+s.dir.PKI(pki.ProxyCA),
		"--requestheader-allowed-names="+pki.FrontProxy,
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file="+s.dir.PKI(pki.ProxyCert),
		"--proxy-client-key-file="+s.dir.PKI(pki.ProxyKey),
	)
}

func (s *Supervisor) controllerManager() *component {
	return s.component("kube-controller-manager", "kube-controller-manager", httpReady("https://127.0.0.1:10257/healthz"),
		"--kubeconfig="+s.dir.PKI(pki.ManagerConfig),
		"--bind-address=127.0.0.1",
		"--secure-port=10257",
		"--leader-elect=false",
		"--root-ca-file="+s.dir.PKI(pki.CA),
		"--service-account-private-key-file="+s.dir.PKI(pki.AccountsKey),
		"--use-service-account-credentials=true",
		// The defaults are made for clusters where nobody waits.
		"--kube-api-qps=200", "--kube-api-burst=400",
	)
}

func (s *Supervisor) scheduler() *component {
	return s.component("kube-scheduler", "kube-scheduler", httpReady("https://127.0.0.1:10259/healthz"),
		"--kubeconfig="+s.dir.PKI(pki.SchedConfig),
		"--bind-address=127.0.0.1",
		"--secure-port=10259",
		"--leader-elect=false",
	)
}

// quick lifts the client-side limits, which are made for shared API servers.
func quick(c *rest.Config) *rest.Config {
	c.QPS, c.Burst = 500, 1000
	return c
}
