package node

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func service(namespace, name, ip string, age time.Duration) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, CreationTimestamp: metav1.NewTime(time.Unix(1e9, 0).Add(-age))},
		Spec:       corev1.ServiceSpec{ClusterIP: ip},
	}
}

// resolve reads the file as a resolver does: the first line with the name.
func resolve(hosts []byte, name string) string {
	for line := range strings.Lines(string(hosts)) {
		fields := strings.Fields(line)
		if slices.Contains(fields[1:], name) {
			return fields[0]
		}
	}
	return ""
}

func TestHosts(t *testing.T) {
	got := renderHosts(testPod(), "10.244.0.7", "10.244.0.1", []*corev1.Service{
		service("shop", "mocka", "10.0.0.5", time.Hour),
		service("other", "mocka", "10.0.0.6", 2*time.Hour),
		service("shop", "headless", corev1.ClusterIPNone, time.Hour),
		service("istio-system", "istiod", "10.0.0.9", time.Hour),
	})
	for name, want := range map[string]string{
		"localhost":                     "127.0.0.1",
		"mockb-1":                       "10.244.0.7",
		"mocka":                         "10.0.0.5",
		"mocka.shop":                    "10.0.0.5",
		"mocka.shop.svc":                "10.0.0.5",
		"mocka.shop.svc.cluster.local":  "10.0.0.5",
		"mocka.other":                   "10.0.0.6",
		"mocka.other.svc.cluster.local": "10.0.0.6",
		"headless":                      "",
		istiodHost:                      "10.244.0.1", // beside the node, whatever Service there is
	} {
		assert.Equal(t, want, resolve(got, name), name)
	}
}

func TestNewServiceOnlyAppends(t *testing.T) {
	old := service("zoo", "z", "10.0.0.5", time.Hour)
	before := renderHosts(testPod(), "10.244.0.7", "10.244.0.1", []*corev1.Service{old})
	after := renderHosts(testPod(), "10.244.0.7", "10.244.0.1", []*corev1.Service{service("abc", "a", "10.0.0.6", 0), old})
	assert.True(t, bytes.HasPrefix(after, before))
}

func TestRewriteInPlaceKeepsTheInode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	require.NoError(t, rewriteInPlace(file, []byte("a long first version\n")))
	open, err := os.Open(file)
	require.NoError(t, err)
	defer open.Close()
	require.NoError(t, rewriteInPlace(file, []byte("short\n")))
	buf := make([]byte, 100)
	n, _ := open.Read(buf)
	assert.Equal(t, "short\n", string(buf[:n]))
}
