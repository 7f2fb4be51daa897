package node

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func read(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	require.NoError(t, err)
	return string(b)
}

func TestWriteAtomically(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vol")
	require.NoError(t, writeAtomically(dir, map[string][]byte{"tls.crt": []byte("one"), "sub/deep": []byte("x")}))
	assert.Equal(t, "one", read(t, dir, "tls.crt"))
	assert.Equal(t, "x", read(t, dir, "sub", "deep"))
	first, err := os.Readlink(filepath.Join(dir, dataLink))
	require.NoError(t, err)

	require.NoError(t, writeAtomically(dir, map[string][]byte{"tls.crt": []byte("one"), "sub/deep": []byte("x")}))
	same, err := os.Readlink(filepath.Join(dir, dataLink))
	require.NoError(t, err)
	assert.Equal(t, first, same, "nothing changed, nothing is written")

	require.NoError(t, writeAtomically(dir, map[string][]byte{"tls.crt": []byte("two"), "new": []byte("n")}))
	assert.Equal(t, "two", read(t, dir, "tls.crt"))
	assert.Equal(t, "n", read(t, dir, "new"))
	assert.NoFileExists(t, filepath.Join(dir, "sub", "deep"))
	assert.NoDirExists(t, filepath.Join(dir, first), "the old version goes")
}

func TestVolumes(t *testing.T) {
	local := func(name string) corev1.LocalObjectReference { return corev1.LocalObjectReference{Name: name} }
	src := fakeSources{
		configMaps: map[string]map[string]string{"conf": {"a": "1", "b": "2"}},
		secrets:    map[string]map[string][]byte{"certs": {"tls.crt": []byte("crt")}},
	}
	v := &volumes{dir: t.TempDir(), facts: testFacts, src: src}
	list := []corev1.Volume{
		{Name: "certs", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "certs"}}},
		{Name: "conf", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: local("conf"), Items: []corev1.KeyToPath{{Key: "b", Path: "sub/b"}}}}},
		{Name: "info", VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{{Path: "labels", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels"}}}}}},
		{Name: "empty", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		{Name: "maybe", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "none", Optional: new(true)}}},
	}
	require.NoError(t, v.sync(t.Context(), testPod(), list))
	assert.Equal(t, "crt", read(t, v.path("certs"), "tls.crt"))
	assert.Equal(t, "2", read(t, v.path("conf"), "sub/b"))
	assert.NoFileExists(t, filepath.Join(v.path("conf"), "a"))
	assert.Contains(t, read(t, v.path("info"), "labels"), `app="mockb"`)
	assert.DirExists(t, v.path("maybe"))

	src.secrets["certs"]["tls.crt"] = []byte("renewed")
	require.NoError(t, v.sync(t.Context(), testPod(), list))
	assert.Equal(t, "renewed", read(t, v.path("certs"), "tls.crt"))
}

func TestVolumesThatCannotBe(t *testing.T) {
	v := &volumes{dir: t.TempDir(), src: fakeSources{}}
	err := v.sync(t.Context(), testPod(), []corev1.Volume{{Name: "s", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "later"}}}})
	require.ErrorContains(t, err, `volume s: secrets "later" not found`)
	err = v.sync(t.Context(), testPod(), []corev1.Volume{{Name: "h", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}}}})
	require.ErrorContains(t, err, "not supported")
}

func TestAddressesAreReusedLate(t *testing.T) {
	a, err := newAddresses("10.0.0.0/29", "10.0.0.1")
	require.NoError(t, err)
	var got []string
	for range 5 { // .2 to .6: .1 is the bridge, .7 the broadcast address
		ip, err := a.take()
		require.NoError(t, err)
		got = append(got, ip.String())
		a.free(ip)
	}
	assert.Equal(t, []string{"10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"}, got)
	for range 5 {
		_, err := a.take()
		require.NoError(t, err)
	}
	_, err = a.take()
	require.ErrorContains(t, err, "no free address")

	_, err = newAddresses("10.0.0.0/29", "10.1.0.1")
	require.ErrorContains(t, err, "outside")
}
