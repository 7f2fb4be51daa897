package node

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

// volumes are a pod's, as folders below dir.
type volumes struct {
	dir    string
	facts  podFacts
	src    sources
	tokens *tokens

	mu     sync.Mutex // one writer at a time
	closed bool       // the pod has ended, nothing is written any more
}

func (v *volumes) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
}

func (v *volumes) path(name string) string { return filepath.Join(v.dir, name) }

// sync writes every volume that is not up to date. It is called before the
// first container starts, and again whenever a source may have changed.
func (v *volumes) sync(ctx context.Context, pod *corev1.Pod, list []corev1.Volume) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return nil
	}
	for _, vol := range list {
		if err := v.syncOne(ctx, pod, vol); err != nil {
			return fmt.Errorf("volume %s: %w", vol.Name, err)
		}
	}
	return nil
}

func (v *volumes) syncOne(ctx context.Context, pod *corev1.Pod, vol corev1.Volume) error {
	if vol.EmptyDir != nil {
		return emptyDir(v.path(vol.Name))
	}
	sources, err := projections(vol)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, s := range sources {
		part, err := v.project(ctx, pod, vol.Name, s)
		if err != nil {
			return err
		}
		maps.Copy(files, part)
	}
	return writeAtomically(v.path(vol.Name), files)
}

// emptyDir is writable by whatever user the container has.
func emptyDir(path string) error {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	return os.Chmod(path, 0o777)
}

// projections reduces the kinds of volumes to the sources of a projected one.
func projections(vol corev1.Volume) ([]corev1.VolumeProjection, error) {
	switch {
	case vol.Projected != nil:
		return vol.Projected.Sources, nil
	case vol.Secret != nil:
		return []corev1.VolumeProjection{{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: vol.Secret.SecretName},
			Items:                vol.Secret.Items, Optional: vol.Secret.Optional,
		}}}, nil
	case vol.ConfigMap != nil:
		return []corev1.VolumeProjection{{ConfigMap: &corev1.ConfigMapProjection{
			LocalObjectReference: vol.ConfigMap.LocalObjectReference,
			Items:                vol.ConfigMap.Items, Optional: vol.ConfigMap.Optional,
		}}}, nil
	case vol.DownwardAPI != nil:
		return []corev1.VolumeProjection{{DownwardAPI: &corev1.DownwardAPIProjection{Items: vol.DownwardAPI.Items}}}, nil
	}
	return nil, fmt.Errorf("this kind of volume is not supported on this node: use emptyDir, secret, configMap, downwardAPI or projected")
}

func (v *volumes) project(ctx context.Context, pod *corev1.Pod, volume string, s corev1.VolumeProjection) (map[string][]byte, error) {
	switch {
	case s.ServiceAccountToken != nil:
		token, err := v.tokens.get(ctx, pod, volume, s.ServiceAccountToken)
		return map[string][]byte{s.ServiceAccountToken.Path: []byte(token)}, err
	case s.ConfigMap != nil:
		cm, err := v.src.ConfigMap(pod.Namespace, s.ConfigMap.Name)
		if err != nil {
			return nil, ignoreOptional(err, s.ConfigMap.Optional)
		}
		data := maps.Clone(cm.BinaryData)
		if data == nil {
			data = map[string][]byte{}
		}
		for k, value := range cm.Data {
			data[k] = []byte(value)
		}
		return selectKeys(data, s.ConfigMap.Items, "ConfigMap "+s.ConfigMap.Name, s.ConfigMap.Optional)
	case s.Secret != nil:
		secret, err := v.src.Secret(pod.Namespace, s.Secret.Name)
		if err != nil {
			return nil, ignoreOptional(err, s.Secret.Optional)
		}
		return selectKeys(secret.Data, s.Secret.Items, "Secret "+s.Secret.Name, s.Secret.Optional)
	case s.DownwardAPI != nil:
		return v.downward(pod, s.DownwardAPI.Items)
	}
	return nil, fmt.Errorf("this source is not supported on this node: use serviceAccountToken, configMap, secret or downwardAPI")
}

func (v *volumes) downward(pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, item := range items {
		if item.FieldRef == nil {
			return nil, fmt.Errorf("downward API file %s: only fieldRef is supported on this node", item.Path)
		}
		value, err := fieldValue(pod, v.facts, item.FieldRef.FieldPath)
		if err != nil {
			return nil, err
		}
		files[item.Path] = []byte(value)
	}
	return files, nil
}

// selectKeys applies a volume's items; without items every key is a file.
func selectKeys(data map[string][]byte, items []corev1.KeyToPath, what string, optional *bool) (map[string][]byte, error) {
	if len(items) == 0 {
		return data, nil
	}
	files := map[string][]byte{}
	for _, item := range items {
		value, ok := data[item.Key]
		if !ok {
			if optional != nil && *optional {
				continue
			}
			return nil, fmt.Errorf("%s has no key %q yet", what, item.Key)
		}
		files[item.Path] = value
	}
	return files, nil
}
