package manager

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
)

func rightsAreFew(t *testing.T, server *apiserver.Server) {
	who := "--as=system:serviceaccount:" + installation.Namespace + ":lanekeeper"
	cases := map[string]struct {
		args []string
		want string
	}{
		"write its certificate":             {[]string{"update", "secret/" + installation.Secret, "-n", installation.Namespace}, "yes"},
		"write another Secret":              {[]string{"update", "secret/other", "-n", installation.Namespace}, "no"},
		"read Secrets elsewhere":            {[]string{"get", "secrets", "-n", "default"}, "no"},
		"write its webhook":                 {[]string{"update", "mutatingwebhookconfiguration/lanekeeper"}, "yes"},
		"write another webhook":             {[]string{"update", "mutatingwebhookconfiguration/other"}, "no"},
		"label pods":                        {[]string{"patch", "pods", "-n", "default"}, "yes"},
		"delete pods":                       {[]string{"delete", "pods", "-n", "default"}, "no"},
		"run anything":                      {[]string{"create", "pods", "-n", installation.Namespace}, "no"},
		"change workloads":                  {[]string{"update", "deployments.apps", "-n", "default"}, "no"},
		"change Rollouts":                   {[]string{"patch", "rollouts.rollouts.kruise.io", "-n", "default"}, "no"},
		"change Services":                   {[]string{"update", "services", "-n", "default"}, "no"},
		"write routes":                      {[]string{"update", "virtualservices.networking.istio.io", "-n", "default"}, "yes"},
		"change gateways":                   {[]string{"update", "gateways.networking.istio.io", "-n", "istio-system"}, "no"},
		"delete lanes":                      {[]string{"delete", "asmswimlanes"}, "no"},
		"hold a lease of somebody else's":   {[]string{"update", "lease/other", "-n", installation.Namespace}, "no"},
		"give itself more rights than that": {[]string{"update", "clusterroles"}, "no"},
	}
	for name, tc := range cases {
		t.Run("may it "+name, func(t *testing.T) {
			// A no is an exit code too, and warnings may follow the answer.
			out, _ := server.Kubectl(t, append([]string{"auth", "can-i", who}, tc.args...)...)
			answer, _, _ := strings.Cut(out, "\n")
			assert.Equal(t, tc.want, answer, out)
		})
	}
}
