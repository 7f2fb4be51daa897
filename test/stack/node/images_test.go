package node

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestImagesStandForPrograms(t *testing.T) {
	mock, manager := binDir+"/mockapp", binDir+"/lanekeeper"
	cases := map[string]struct {
		image   string
		command []string
		args    []string
		want    program
	}{
		"the sample's image":        {image: "registry.cn-beijing.aliyuncs.com/aliacs-app-catalog/go-http-sample:1.0", want: program{Argv: []string{mock}, Env: map[string]string{"version": "v1"}, User: appUser}},
		"registry with a port":      {image: "localhost:5000/asm-mock:3.0", want: program{Argv: []string{mock}, Env: map[string]string{"version": "v3"}, User: appUser}},
		"no tag leaves the version": {image: "asm-mock", want: program{Argv: []string{mock}, Env: map[string]string{}, User: appUser}},
		"broken tag":                {image: "x/asm-mock:2.0-broken", want: program{Argv: []string{mock}, Env: map[string]string{"version": "v2"}, User: appUser, NeverReady: true}},
		"broken name":               {image: "x/asm-mock-broken:2.0", want: program{Argv: []string{mock}, Env: map[string]string{"version": "v2"}, User: appUser, NeverReady: true}},
		"failing":                   {image: "x/asm-mock:2.0-failing", want: program{Argv: []string{mock}, Env: map[string]string{"version": "v2", "MOCK_MODE": "failing"}, User: appUser}},
		"manager, its entry point":  {image: "lanekeeper.io/lanekeeper:dev", args: []string{"--settle=2s"}, want: program{Argv: []string{manager, "--settle=2s"}, User: appUser}},
		"manager by command":        {image: "lanekeeper:dev", command: []string{"/lanekeeper", "-v=2"}, args: []string{"--settle=2s"}, want: program{Argv: []string{manager, "-v=2", "--settle=2s"}, User: appUser}},
		"gateway":                   {image: "istio/proxyv2-gateway", want: program{Router: true, User: proxyUser}},
		"the second sample's":       {image: "registry/acs/asm-mock:v0.1-java", want: program{Argv: languages["java"], User: appUser}},
		"the operator":              {image: "mirror/opentelemetry-operator:0.141.0", args: []string{"--a"}, want: program{Argv: []string{binDir + "/otel-operator", "--a"}, User: appUser}},
		"pause, by digest":          {image: "registry.k8s.io/pause@sha256:abc", want: program{Argv: []string{mock, "pause"}, User: appUser}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := programOf(&corev1.Pod{}, corev1.Container{Image: tc.image, Command: tc.command, Args: tc.args})
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestGatewayByLabel(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"istio": "ingressgateway"}}}
	got, err := programOf(pod, corev1.Container{Image: "auto"})
	require.NoError(t, err)
	assert.True(t, got.Router)
}

func TestUnknownImageSaysWhatIsKnown(t *testing.T) {
	_, err := programOf(&corev1.Pod{}, corev1.Container{Image: "nginx:1.27"})
	require.ErrorContains(t, err, `"nginx:1.27"`)
	require.ErrorContains(t, err, "go-http-sample")

	_, err = programOf(&corev1.Pod{}, corev1.Container{Image: "lanekeeper", Command: []string{"/bin/sh"}})
	require.ErrorContains(t, err, "/bin/sh")
}

func TestMockVersion(t *testing.T) {
	for tag, want := range map[string]string{
		"1.0": "v1", "2.0": "v2", "2.1": "v2.1", "v3": "v3", "2.0-broken": "v2", "latest": "", "dev-1.0": "",
	} {
		assert.Equal(t, want, mockVersion(tag), tag)
	}
}
