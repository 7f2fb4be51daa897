package live

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
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

const (
	patience = 20 * time.Second
	tick     = 50 * time.Millisecond
)

// bench is one stack and its default namespace, which is in the mesh.
type bench struct {
	*testing.T
	stack  *stack.Stack
	client kubernetes.Interface
}

func (b bench) create(pod *corev1.Pod) {
	b.Helper()
	_, err := b.client.CoreV1().Pods("default").Create(b.Context(), pod, metav1.CreateOptions{})
	require.NoError(b, err)
}

func (b bench) pod(name string) *corev1.Pod {
	b.Helper()
	p, err := b.client.CoreV1().Pods("default").Get(b.Context(), name, metav1.GetOptions{})
	require.NoError(b, err)
	return p
}

// await waits until the pod is as wanted, and returns it.
func (b bench) await(name, what string, is func(*corev1.Pod) bool) *corev1.Pod {
	b.Helper()
	var last *corev1.Pod
	require.Eventually(b, func() bool { last = b.pod(name); return is(last) }, patience, tick, "pod %s: %s", name, what)
	return last
}

// get asks a pod without a sidecar from the stack's network.
func (b bench) get(ip string) (string, error) {
	ctx, cancel := context.WithTimeout(b.Context(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+ip+":8000/", nil)
	if err != nil {
		return "", err
	}
	resp, err := (&http.Client{Transport: b.stack.HTTPTransport()}).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// root is the file system of the process that has marker in its environment,
// as the container sees it.
func (b bench) root(marker string) string {
	b.Helper()
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(b, err)
	for _, file := range environs {
		if content, err := os.ReadFile(file); err == nil && bytes.Contains(content, []byte("MARKER="+marker+"\x00")) {
			return filepath.Join(filepath.Dir(file), "root")
		}
	}
	require.Fail(b, "no process has the marker "+marker)
	return ""
}

func podOf(name, image string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}, Annotations: map[string]string{}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "app", Image: image, Ports: []corev1.ContainerPort{{ContainerPort: 8000}},
			Env: []corev1.EnvVar{{Name: "app", Value: name}, {Name: "MARKER", Value: name}},
		}}},
	}
}

// plain pods stay out of the mesh, so that the test can talk to them.
func plain(pod *corev1.Pod) *corev1.Pod {
	pod.Labels["sidecar.istio.io/inject"] = "false"
	return pod
}

func isReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func restarts(p *corev1.Pod) int32 {
	if len(p.Status.ContainerStatuses) == 0 {
		return 0
	}
	return p.Status.ContainerStatuses[0].RestartCount
}

func TestNode(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	s, err := stack.Start(ctx, stack.Options{Name: "node", Log: t.Output()})
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

	unknown := b.await("unknown", "waiting", func(p *corev1.Pod) bool { return len(p.Status.ContainerStatuses) > 0 })
	require.NotNil(b, unknown.Status.ContainerStatuses[0].State.Waiting)
	assert.Equal(b, "ErrImagePull", unknown.Status.ContainerStatuses[0].State.Waiting.Reason)
}

func testSidecarDies(b bench) {
	b.create(podOf("meshed", "any/asm-mock:1.0"))
	b.await("meshed", "ready", isReady)
	require.NoError(b, b.stack.SignalPod("default", "meshed", "istio-proxy", syscall.SIGKILL))
	b.await("meshed", "not ready without its sidecar", func(p *corev1.Pod) bool { return !isReady(p) })
	b.await("meshed", "ready again", isReady)
	assert.Zero(b, restarts(b.pod("meshed")), "the application went on")

	require.NoError(b, b.stack.SignalPod("default", "meshed", "", syscall.SIGKILL))
	b.await("meshed", "restarted", func(p *corev1.Pod) bool { return isReady(p) && restarts(p) == 1 })
}

func testEnd(b bench) {
	b.create(podOf("leaver", "any/asm-mock:1.0"))
	pod := b.await("leaver", "ready", isReady)
	deleted := time.Now()
	require.NoError(b, b.client.CoreV1().Pods("default").Delete(b.Context(), "leaver", metav1.DeleteOptions{}))
	files := filepath.Join(b.stack.Dir(), "pods", "default_leaver", string(pod.UID))
	require.Eventually(b, func() bool {
		_, err := b.client.CoreV1().Pods("default").Get(b.Context(), "leaver", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	}, patience, tick)
	assert.Greater(b, time.Since(deleted), 3*time.Second, "it serves on while clients learn that it goes")
	assert.Less(b, time.Since(deleted), 12*time.Second, "it does not wait for the end of its grace period")
	assert.NoDirExists(b, files)

	b.create(plain(podOf("forced", "any/asm-mock:1.0")))
	forced := b.await("forced", "ready", isReady)
	require.NoError(b, b.client.CoreV1().Pods("default").Delete(b.Context(), "forced", metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}))
	require.Eventually(b, func() bool { _, err := b.get(forced.Status.PodIP); return err != nil }, 3*time.Second, tick)
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
