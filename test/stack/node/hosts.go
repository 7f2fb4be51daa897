package node

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// istiodHost is the name under which the sidecars reach istiod, which runs
// beside the node and answers on the bridge's address.
const istiodHost = "istiod.istio-system.svc"

// renderHosts is the pod's /etc/hosts: its own name, istiod, and every Service
// that has an address. It takes the place of cluster DNS.
func renderHosts(pod *corev1.Pod, ip, bridgeIP string, services []*corev1.Service) []byte {
	var b bytes.Buffer
	b.WriteString("127.0.0.1 localhost\n::1 localhost ip6-localhost\n")
	fmt.Fprintf(&b, "%s %s\n%s %s\n", bridgeIP, istiodHost, ip, pod.Name)
	for _, s := range oldestFirst(services) {
		if s.Spec.ClusterIP == "" || s.Spec.ClusterIP == corev1.ClusterIPNone {
			continue
		}
		qualified := s.Name + "." + s.Namespace
		names := []string{qualified + ".svc.cluster.local", qualified + ".svc", qualified}
		if s.Namespace == pod.Namespace {
			names = append(names, s.Name)
		}
		if qualified+".svc" == istiodHost {
			names = slices.DeleteFunc(names, func(n string) bool { return n == istiodHost })
		}
		fmt.Fprintf(&b, "%s %s\n", s.Spec.ClusterIP, strings.Join(names, " "))
	}
	return b.Bytes()
}

// oldestFirst makes a new Service a new last line: rewriting the file then
// leaves every byte that a resolver may be reading at the moment as it was.
func oldestFirst(services []*corev1.Service) []*corev1.Service {
	sorted := slices.Clone(services)
	slices.SortFunc(sorted, func(a, b *corev1.Service) int {
		return cmp.Or(
			a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
			cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Name, b.Name),
		)
	})
	return sorted
}

// rewriteInPlace keeps the inode, which is what the containers have mounted,
// and never leaves the file empty.
func rewriteInPlace(file string, content []byte) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	defer f.Close()
	if _, err := f.WriteAt(content, 0); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := f.Truncate(int64(len(content))); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
