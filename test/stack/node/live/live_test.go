package live

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"lanekeeper.io/test/stack"
)

func TestNode(t *testing.T) {
	name, err := stack.OwnName("node")
	require.NoError(t, err)
	s, err := stack.Start(t.Context(), stack.Options{Name: name, Log: t.Output()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	client, err := kubernetes.NewForConfig(s.RESTConfig())
	require.NoError(t, err)
	for name, test := range map[string]func(bench){
		"images":         testImages,
		"files":          testFiles,
		"a sidecar dies": testSidecarDies,
		"pods end":       testEnd,
		"new image":      testNewImage,
		"labels stay":    testLabelsStay,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(bench{T: t, stack: s, client: client})
		})
	}
}

func testImages(b bench) {
	b.create(plain(podOf("good", "any/asm-mock:2.0")))
	b.create(plain(podOf("failing", "any/asm-mock:2.0-failing")))
	b.create(plain(podOf("broken", "any/asm-mock:2.0-broken")))
	b.create(plain(podOf("unknown", "any/nginx:1.0")))
	good := b.await("good", "ready", isReady)
	failing := b.await("failing", "ready", isReady)

	body, err := b.get(good.Status.PodIP)
	require.NoError(b, err)
	assert.Equal(b, "-> good(version: v2, ip: "+good.Status.PodIP+")", body)
	body, err = b.get(failing.Status.PodIP)
	require.NoError(b, err)
	assert.Contains(b, body, "-> failing(version: v2")

	broken := b.await("broken", "running", func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning })
	assert.Never(b, func() bool { return isReady(b.pod("broken")) }, 2*time.Second, 200*time.Millisecond)
	_, err = b.get(broken.Status.PodIP)
	require.NoError(b, err, "it runs all the same")

	b.await("unknown", "waiting for its image", func(p *corev1.Pod) bool {
		all := p.Status.ContainerStatuses
		return len(all) > 0 && all[0].State.Waiting != nil && all[0].State.Waiting.Reason == "ErrImagePull"
	})
}

func testSidecarDies(b bench) {
	b.create(podOf("meshed", "any/asm-mock:1.0"))
	await := b.follow(b.await("meshed", "ready", isReady))
	require.NoError(b, b.stack.SignalPod("default", "meshed", "istio-proxy", syscall.SIGKILL))
	await("not ready without its sidecar", func(p *corev1.Pod) bool { return !isReady(p) })
	await("ready again", isReady)
	assert.Zero(b, restarts(b.pod("meshed")), "the application went on")

	require.NoError(b, b.stack.SignalPod("default", "meshed", "", syscall.SIGKILL))
	await("restarted", func(p *corev1.Pod) bool { return isReady(p) && restarts(p) == 1 })
}

func testEnd(b bench) {
	leaver := podOf("leaver", "any/asm-mock:1.0")
	// Whoever waited for the end of it would wait for too long.
	leaver.Spec.TerminationGracePeriodSeconds = new(int64(10 * patience.Seconds()))
	b.create(leaver)
	pod := b.await("leaver", "ready", isReady)
	deleted := time.Now()
	require.NoError(b, b.client.CoreV1().Pods("default").Delete(b.Context(), "leaver", metav1.DeleteOptions{}))
	files := b.files(pod)
	require.Eventually(b, func() bool {
		_, err := b.client.CoreV1().Pods("default").Get(b.Context(), "leaver", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	}, patience, tick, "it waits for the end of its grace period")
	assert.Greater(b, time.Since(deleted), 5*time.Second, "it serves on while clients learn that it goes")
	assert.NoDirExists(b, files)

	b.create(plain(podOf("forced", "any/asm-mock:1.0")))
	forced := b.await("forced", "ready", isReady)
	require.NoError(b, b.client.CoreV1().Pods("default").Delete(b.Context(), "forced", metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}))
	// A request that is open when a pod's network goes is never answered: only when all has gone is one sent.
	require.Eventually(b, func() bool { _, err := os.Stat(b.files(forced)); return os.IsNotExist(err) }, patience, tick)
	_, err := b.get(forced.Status.PodIP)
	assert.Error(b, err)
}

func testNewImage(b bench) {
	b.create(plain(podOf("inplace", "any/asm-mock:1.0")))
	before := b.await("inplace", "ready", isReady)
	_, err := b.client.CoreV1().Pods("default").Patch(b.Context(), "inplace", types.StrategicMergePatchType,
		[]byte(`{"spec":{"containers":[{"name":"app","image":"any/asm-mock:2.0"}]}}`), metav1.PatchOptions{})
	require.NoError(b, err)
	b.await("inplace", "restarted", func(p *corev1.Pod) bool { return restarts(p) == 1 && isReady(p) })
	body, err := b.get(before.Status.PodIP)
	require.NoError(b, err)
	assert.Contains(b, body, "version: v2")
}

// testLabelsStay: statuses are written all the time while somebody relabels.
func testLabelsStay(b bench) {
	b.create(plain(podOf("relabelled", "any/asm-mock:1.0")))
	for i := range 20 {
		value := strings.Repeat("x", i+1)
		_, err := b.client.CoreV1().Pods("default").Patch(b.Context(), "relabelled", types.MergePatchType,
			[]byte(`{"metadata":{"labels":{"lane":"`+value+`"}}}`), metav1.PatchOptions{})
		require.NoError(b, err)
		if i%5 == 0 {
			_ = b.stack.SignalPod("default", "relabelled", "app", syscall.SIGKILL) // makes statuses change
		}
		time.Sleep(20 * time.Millisecond)
		assert.Equal(b, value, b.pod("relabelled").Labels["lane"])
	}
}
