package live

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"lanekeeper.io/test/stack"
)

const (
	// patience is many times what anything here takes, for a busy machine.
	patience = 2 * time.Minute
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
	return b.follow(b.pod(name))(what, is)
}

// follow returns what waits until the pod is as wanted, with no state left out
// since the given one: one that lasts for a moment is not missed.
func (b bench) follow(last *corev1.Pod) (await func(what string, is func(*corev1.Pod) bool) *corev1.Pod) {
	b.Helper()
	events, err := b.client.CoreV1().Pods("default").Watch(b.Context(), metav1.ListOptions{
		FieldSelector: "metadata.name=" + last.Name, ResourceVersion: last.ResourceVersion})
	require.NoError(b, err)
	b.Cleanup(events.Stop)
	return func(what string, is func(*corev1.Pod) bool) *corev1.Pod {
		b.Helper()
		end := time.NewTimer(patience)
		defer end.Stop()
		for !is(last) {
			select {
			case e := <-events.ResultChan():
				pod, ok := e.Object.(*corev1.Pod)
				require.True(b, ok, "watching pod %s: %v", last.Name, e)
				last = pod
			case <-end.C:
				require.Fail(b, "it does not come", "pod %s: %s; it is %+v", last.Name, what, last.Status)
			}
		}
		return last
	}
}

// get asks a pod without a sidecar from the stack's network.
// files are what a pod has on the node as long as one of its processes lives.
func (b bench) files(p *corev1.Pod) string {
	return filepath.Join(b.stack.Dir(), "pods", p.Namespace+"_"+p.Name, string(p.UID))
}

func (b bench) get(ip string) (string, error) {
	ctx, cancel := context.WithTimeout(b.Context(), patience)
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
