package node

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// SidecarName is the container that Istio's injector would add. It is not in
// the pod's spec here: its readiness shows in the pod's conditions, its log
// beside the others.
const SidecarName = "istio-proxy"

const (
	proxyUser = 1337 // capture lets this user's traffic out
	// tlsModeLabel is what the injector sets, and what makes clients speak
	// mTLS to the pod: it asks for the sidecar.
	tlsModeLabel = "security.istio.io/tlsMode"

	bootstrapPath = "/stack/envoy_bootstrap.json"
	statusPort    = 15021
	// drainSeconds is how long a sidecar serves on after SIGTERM; the node
	// has waited for endpoints to go before that (see drainDelay).
	drainSeconds = 2
)

// concurrencyEnv sets the worker threads of every Envoy: two show the races
// between workers that production has, one suits hundreds of pods.
const concurrencyEnv = "STACK_PROXY_CONCURRENCY"

func proxyConcurrency() int {
	if n, err := strconv.Atoi(os.Getenv(concurrencyEnv)); err == nil && n > 0 {
		return n
	}
	return 2
}

// hasSidecar: everything of an injected pod but the injection itself.
func hasSidecar(pod *corev1.Pod) bool { return pod.Labels[tlsModeLabel] == "istio" }

// proxyVolumes are what the agent reads: its token, the mesh's root and the
// pod's labels; and where it writes. Their paths are production's.
func proxyVolumes() ([]corev1.Volume, []corev1.VolumeMount) {
	field := func(path, field string) corev1.DownwardAPIVolumeFile {
		return corev1.DownwardAPIVolumeFile{Path: path, FieldRef: &corev1.ObjectFieldSelector{FieldPath: field}}
	}
	projected := func(s corev1.VolumeProjection) corev1.VolumeSource {
		return corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{s}}}
	}
	empty := corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
	var vols []corev1.Volume
	var mounts []corev1.VolumeMount
	add := func(name, path string, source corev1.VolumeSource) {
		vols = append(vols, corev1.Volume{Name: name, VolumeSource: source})
		mounts = append(mounts, corev1.VolumeMount{Name: name, MountPath: path})
	}
	add("istio-token", "/var/run/secrets/tokens", projected(corev1.VolumeProjection{
		ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Audience: "istio-ca", ExpirationSeconds: new(int64(43200)), Path: "istio-token"},
	}))
	add("istiod-ca-cert", "/var/run/secrets/istio", projected(corev1.VolumeProjection{
		ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "istio-ca-root-cert"}},
	}))
	add("istio-podinfo", "/etc/istio/pod", projected(corev1.VolumeProjection{DownwardAPI: &corev1.DownwardAPIProjection{
		Items: []corev1.DownwardAPIVolumeFile{field("labels", "metadata.labels"), field("annotations", "metadata.annotations")},
	}}))
	add("istio-envoy", "/etc/istio/proxy", empty)
	add("istio-data", "/var/lib/istio/data", empty) // fetched Wasm modules
	add("workload-socket", "/var/run/secrets/workload-spiffe-uds", empty)
	return vols, mounts
}

// proxyContainer is pilot-agent as sidecar or router, with what the injector's
// template gives it.
func proxyContainer(pod *corev1.Pod, name, role string) (corev1.Container, []string, error) {
	labels, err := json.Marshal(pod.Labels)
	if err != nil {
		return corev1.Container{}, nil, err
	}
	interception := "REDIRECT"
	if role == "router" {
		interception = "NONE"
	}
	config, err := json.Marshal(map[string]any{
		"discoveryAddress":         istiodHost + ":15012",
		"binaryPath":               binDir + "/envoy",
		"configPath":               "/etc/istio/proxy",
		"concurrency":              proxyConcurrency(),
		"terminationDrainDuration": fmt.Sprintf("%ds", drainSeconds),
	})
	if err != nil {
		return corev1.Container{}, nil, err
	}
	_, mounts := proxyVolumes()
	c := corev1.Container{
		Name:         name,
		Image:        "proxyv2",
		Env:          append(identityEnv(), proxyEnv(string(labels), string(config), interception)...),
		VolumeMounts: mounts,
		ReadinessProbe: &corev1.Probe{
			ProbeHandler:     corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz/ready", Port: intstr.FromInt32(statusPort)}},
			PeriodSeconds:    1,
			TimeoutSeconds:   patientProbe,
			FailureThreshold: 4,
		},
	}
	argv := []string{
		binDir + "/pilot-agent", "proxy", role, "--domain", pod.Namespace + ".svc.cluster.local",
		"--proxyLogLevel=warning", "--log_output_level=default:warn",
	}
	return c, argv, nil
}

func identityEnv() []corev1.EnvVar {
	field := func(name, path string) corev1.EnvVar {
		return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}}
	}
	return []corev1.EnvVar{
		field("POD_NAME", "metadata.name"),
		field("POD_NAMESPACE", "metadata.namespace"),
		field("INSTANCE_IP", "status.podIP"),
		field("HOST_IP", "status.hostIP"),
		field("SERVICE_ACCOUNT", "spec.serviceAccountName"),
		field("ISTIO_META_NODE_NAME", "spec.nodeName"),
	}
}

func proxyEnv(labels, config, interception string) []corev1.EnvVar {
	values := map[string]string{
		"PILOT_CERT_PROVIDER":          "istiod",
		"CA_ADDR":                      istiodHost + ":15012",
		"TRUST_DOMAIN":                 "cluster.local",
		"ISTIO_META_CLUSTER_ID":        "Kubernetes",
		"ISTIO_META_MESH_ID":           "cluster.local",
		"ISTIO_META_INTERCEPTION_MODE": interception,
		"ISTIO_META_UNPRIVILEGED_POD":  "true",
		"ISTIO_METAJSON_LABELS":        labels,
		"ISTIO_BOOTSTRAP":              bootstrapPath,
		"PROXY_CONFIG":                 config,
		// An RSA key costs a large part of a second of a small machine's CPU.
		"ECC_SIGNATURE_ALGORITHM": "ECDSA",
	}
	out := make([]corev1.EnvVar, 0, len(values))
	for _, k := range slices.Sorted(maps.Keys(values)) {
		// Labels and configuration are no place for $(NAME).
		out = append(out, corev1.EnvVar{Name: k, Value: escapeExpansion(values[k])})
	}
	return out
}

// captureArgv redirects the pod's TCP traffic to Envoy; it runs once, as root,
// in the pod's network namespace.
func captureArgv() []string {
	return []string{
		binDir + "/pilot-agent", "istio-iptables", "-p", "15001", "-z", "15006", "-u", strconv.Itoa(proxyUser),
		"-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020",
	}
}
