package node

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// sources gives access to the objects that environments and volumes refer to.
type sources interface {
	ConfigMap(namespace, name string) (*corev1.ConfigMap, error)
	Secret(namespace, name string) (*corev1.Secret, error)
}

// environment is a container's, in the order of its spec: a later variable may
// use an earlier one as $(NAME).
type environment struct {
	keys   []string
	values map[string]string
}

func (e *environment) set(key, value string) {
	if e.values == nil {
		e.values = map[string]string{}
	}
	if _, known := e.values[key]; !known {
		e.keys = append(e.keys, key)
	}
	e.values[key] = value
}

func (e *environment) list() []string {
	out := make([]string, 0, len(e.keys))
	for _, k := range e.keys {
		out = append(out, k+"="+e.values[k])
	}
	return out
}

// podFacts are the values of a pod that no API object carries yet when its
// containers start.
type podFacts struct {
	IP, NodeName, HostIP string
	APIServer            string // host:port
}

// buildEnv resolves a container's environment as the kubelet does. The
// variables that point at the API server name it directly: no kube-proxy
// answers at the address of the kubernetes Service.
func buildEnv(pod *corev1.Pod, c corev1.Container, p program, f podFacts, src sources) (*environment, error) {
	e := &environment{}
	e.set("PATH", binDir+":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	e.set("HOSTNAME", pod.Name)
	e.set("HOME", "/")
	if host, port, err := net.SplitHostPort(f.APIServer); err == nil {
		e.set("KUBERNETES_SERVICE_HOST", host)
		e.set("KUBERNETES_SERVICE_PORT", port)
		e.set("KUBERNETES_SERVICE_PORT_HTTPS", port)
	}
	e.set("POD_IP", f.IP) // the mock prints it
	for _, from := range c.EnvFrom {
		if err := e.addFrom(pod.Namespace, from, src); err != nil {
			return nil, fmt.Errorf("container %s: envFrom: %w", c.Name, err)
		}
	}
	for _, v := range c.Env {
		value, ok, err := envValue(pod, c, v, f, src, e.values)
		if err != nil {
			return nil, fmt.Errorf("container %s: env %s: %w", c.Name, v.Name, err)
		}
		if ok {
			e.set(v.Name, value)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(p.Env)) {
		e.set(k, p.Env[k])
	}
	return e, nil
}

func envValue(pod *corev1.Pod, c corev1.Container, v corev1.EnvVar, f podFacts, src sources, known map[string]string) (string, bool, error) {
	from := v.ValueFrom
	switch {
	case from == nil:
		return expand(v.Value, known), true, nil
	case from.FieldRef != nil:
		value, err := fieldValue(pod, f, from.FieldRef.FieldPath)
		return value, true, err
	case from.ConfigMapKeyRef != nil:
		ref := from.ConfigMapKeyRef
		cm, err := src.ConfigMap(pod.Namespace, ref.Name)
		if err != nil {
			return "", false, ignoreOptional(err, ref.Optional)
		}
		value, ok := cm.Data[ref.Key]
		return value, ok, missingKey(ok, "ConfigMap", ref.Name, ref.Key, ref.Optional)
	case from.SecretKeyRef != nil:
		ref := from.SecretKeyRef
		s, err := src.Secret(pod.Namespace, ref.Name)
		if err != nil {
			return "", false, ignoreOptional(err, ref.Optional)
		}
		value, ok := s.Data[ref.Key]
		return string(value), ok, missingKey(ok, "Secret", ref.Name, ref.Key, ref.Optional)
	case from.ResourceFieldRef != nil:
		return resourceValue(c, from.ResourceFieldRef), true, nil
	}
	return "", false, fmt.Errorf("this source of a value is not supported on this node: use value, fieldRef, configMapKeyRef, secretKeyRef or resourceFieldRef")
}

func (e *environment) addFrom(namespace string, from corev1.EnvFromSource, src sources) error {
	data := map[string]string{}
	switch {
	case from.ConfigMapRef != nil:
		cm, err := src.ConfigMap(namespace, from.ConfigMapRef.Name)
		if err != nil {
			return ignoreOptional(err, from.ConfigMapRef.Optional)
		}
		maps.Copy(data, cm.Data)
	case from.SecretRef != nil:
		s, err := src.Secret(namespace, from.SecretRef.Name)
		if err != nil {
			return ignoreOptional(err, from.SecretRef.Optional)
		}
		for k, v := range s.Data {
			data[k] = string(v)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(data)) {
		e.set(from.Prefix+k, data[k])
	}
	return nil
}

// resourceValue knows limits and requests in their base unit; the Go runtime's
// GOMEMLIMIT and GOMAXPROCS are what asks for them.
func resourceValue(c corev1.Container, ref *corev1.ResourceFieldSelector) string {
	kind, name, _ := strings.Cut(ref.Resource, ".")
	list := c.Resources.Limits
	if kind == "requests" {
		list = c.Resources.Requests
	}
	q := list[corev1.ResourceName(name)]
	return fmt.Sprint(q.Value())
}

func ignoreOptional(err error, optional *bool) error {
	if optional != nil && *optional && apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func missingKey(found bool, kind, name, key string, optional *bool) error {
	if found || (optional != nil && *optional) {
		return nil
	}
	return fmt.Errorf("%s %q has no key %q: add it, or mark the reference optional", kind, name, key)
}

// expand replaces $(NAME) by known variables; unknown ones stay as they are,
// and $$ is a literal $.
func expand(s string, known map[string]string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '$' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if s[i+1] == '$' {
			b.WriteByte('$')
			i++
			continue
		}
		end := strings.IndexByte(s[i:], ')')
		if s[i+1] != '(' || end < 0 {
			b.WriteByte('$')
			continue
		}
		name := s[i+2 : i+end]
		if value, ok := known[name]; ok {
			b.WriteString(value)
		} else {
			b.WriteString(s[i : i+end+1])
		}
		i += end
	}
	return b.String()
}

func expandAll(list []string, known map[string]string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = expand(s, known)
	}
	return out
}

// escapeExpansion protects a literal value from expand.
func escapeExpansion(s string) string { return strings.ReplaceAll(s, "$", "$$") }
