package pki

import (
	"os"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"lanekeeper.io/test/stack/state"
)

// Names of the files in the stack's pki folder.
const (
	CA            = "ca.crt"
	ServerCert    = "apiserver.crt"
	ServerKey     = "apiserver.key"
	ProxyCA       = "front-proxy-ca.crt"
	ProxyCert     = "front-proxy.crt"
	ProxyKey      = "front-proxy.key"
	AccountsKey   = "service-accounts.key"
	AccountsPub   = "service-accounts.pub"
	ManagerConfig = "controller-manager.kubeconfig"
	SchedConfig   = "scheduler.kubeconfig"
)

// FrontProxy is the name by which the API server shows itself to aggregated API
// servers; aggregation must be set up for webhooks to be called at endpoints.
const FrontProxy = "front-proxy"

// Create writes everything a stack needs to trust itself: the API server is
// reached at the URL, under the given hosts.
func Create(dir state.Dir, url string, hosts ...string) error {
	ca, err := NewAuthority("lanekeeper-stack")
	if err != nil {
		return err
	}
	proxies, err := NewAuthority("lanekeeper-stack-front-proxy")
	if err != nil {
		return err
	}
	server, err := ca.Server("kube-apiserver", hosts...)
	if err != nil {
		return err
	}
	proxy, err := proxies.Client(FrontProxy)
	if err != nil {
		return err
	}
	accounts, accountsPub, err := KeyPair()
	if err != nil {
		return err
	}
	for file, content := range map[string][]byte{
		CA: ca.Cert(), ServerCert: server.Cert, ServerKey: server.Key,
		ProxyCA: proxies.Cert(), ProxyCert: proxy.Cert, ProxyKey: proxy.Key,
		AccountsKey: accounts, AccountsPub: accountsPub,
	} {
		mode := os.FileMode(0o600)
		if file == CA { // the pods' processes read it, and they are not root
			mode = 0o644
		}
		if err := os.WriteFile(dir.PKI(file), content, mode); err != nil {
			return err
		}
	}
	return createKubeconfigs(dir, ca, url)
}

func createKubeconfigs(dir state.Dir, ca *Authority, url string) error {
	for _, c := range []struct {
		file, user string
		groups     []string
	}{
		{dir.Kubeconfig(), "admin", []string{"system:masters"}},
		{dir.PKI(ManagerConfig), "system:kube-controller-manager", nil},
		{dir.PKI(SchedConfig), "system:kube-scheduler", nil},
	} {
		pair, err := ca.Client(c.user, c.groups...)
		if err != nil {
			return err
		}
		if err := clientcmd.WriteToFile(kubeconfig(url, ca.Cert(), pair), c.file); err != nil {
			return err
		}
	}
	return nil
}

func kubeconfig(url string, ca []byte, pair Pair) api.Config {
	const name = "stack"
	return api.Config{
		Clusters:       map[string]*api.Cluster{name: {Server: url, CertificateAuthorityData: ca}},
		AuthInfos:      map[string]*api.AuthInfo{name: {ClientCertificateData: pair.Cert, ClientKeyData: pair.Key}},
		Contexts:       map[string]*api.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	}
}
