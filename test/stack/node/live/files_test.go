package live

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// testFiles looks at what a container sees, and that it follows the API.
func testFiles(b bench) {
	core := b.client.CoreV1()
	_, err := core.Secrets("default").Create(b.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "certs"}, StringData: map[string]string{"tls.crt": "one"},
	}, metav1.CreateOptions{})
	require.NoError(b, err)

	b.create(filesPod())
	b.await("files", "ready", isReady)
	root := b.root("files")
	const certs, account = "tmp/live-test/certs", "run/secrets/kubernetes.io/serviceaccount"
	read := func(name string) string {
		content, _ := os.ReadFile(filepath.Join(root, name)) // a missing file is an empty one
		return string(content)
	}
	assert.Equal(b, "one", read(certs+"/tls.crt"))
	assert.Contains(b, read(account+"/ca.crt"), "BEGIN CERTIFICATE")
	assert.Equal(b, "default", read(account+"/namespace"))
	assert.Len(b, strings.Split(read(account+"/token"), "."), 3, "a JSON web token")
	assert.Contains(b, read("etc/live-test/info/labels"), `app="files"`)
	for _, leftover := range []string{"/tmp/live-test", "/etc/live-test"} {
		assert.NoFileExists(b, leftover, "mount points must not appear on the host")
	}

	_, err = core.Secrets("default").Update(b.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "certs"}, StringData: map[string]string{"tls.crt": "two"},
	}, metav1.UpdateOptions{})
	require.NoError(b, err)
	assert.Eventually(b, func() bool { return read(certs+"/tls.crt") == "two" }, patience, tick, "a renewed certificate")

	_, err = core.Services("default").Create(b.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "latecomer"}, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	}, metav1.CreateOptions{})
	require.NoError(b, err)
	assert.Eventually(b, func() bool { return strings.Contains(read("etc/hosts"), " latecomer.default ") }, patience, tick, "a later Service's name")
}

func filesPod() *corev1.Pod {
	pod := plain(podOf("files", "any/pause:3"))
	pod.Spec.Volumes = []corev1.Volume{
		{Name: "certs", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "certs"}}},
		{Name: "info", VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{
			{Path: "labels", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels"}},
		}}}},
	}
	c := &pod.Spec.Containers[0]
	c.Ports = nil // nothing listens
	c.VolumeMounts = []corev1.VolumeMount{
		{Name: "certs", MountPath: "/tmp/live-test/certs", ReadOnly: true},
		{Name: "info", MountPath: "/etc/live-test/info"},
	}
	return pod
}
