package builder

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
)

// asset is a file or folder of a module that the stack needs besides programs.
type asset struct {
	tool, module string // whose go.mod pins which module
	from, to     string // path in the module, path below bin/assets
}

var wanted = []asset{
	{"istio", "istio.io/istio", "manifests/charts/base/files/crd-all.gen.yaml", "istio/crds.yaml"},
	{"istio", "istio.io/istio", "tools/packaging/common/envoy_bootstrap.json", "istio/envoy_bootstrap.json"},
	{"istio", "sigs.k8s.io/gateway-api", "config/crd/standard", "gateway-api"},
	{"kruise-rollout", "github.com/openkruise/rollouts", "config/crd/bases", "kruise-rollout/crds"},
	{"kruise-rollout", "github.com/openkruise/rollouts", "config/webhook", "kruise-rollout/webhook"},
	{"kruise-rollout", "github.com/openkruise/rollouts", "config/rbac", "kruise-rollout/rbac"},
	{"kruise-rollout", "github.com/openkruise/rollouts", "lua_configuration", "kruise-rollout/lua_configuration"},
}

// assets are the CRDs and configuration that come with the foreign parts, copied
// out of the module cache, where only the user who built can read them.
func assets() part {
	p := part{
		name:  "assets",
		pins:  append(pinsOf("istio"), pinsOf("kruise-rollout")...),
		build: func(ctx context.Context, w *workshop) error { return w.copyAssets(ctx) },
	}
	for _, a := range wanted {
		p.makes = append(p.makes, filepath.Join("assets", a.to))
	}
	return p
}

func (w *workshop) copyAssets(ctx context.Context) error {
	fresh := w.scratch("assets")
	for _, a := range wanted {
		dir, err := w.moduleDir(ctx, a.tool, a.module)
		if err != nil {
			return err
		}
		if err := copyTree(filepath.Join(dir, a.from), filepath.Join(fresh, a.to)); err != nil {
			return err
		}
	}
	return w.replace(fresh, "assets")
}

// copyTree copies a file or folder so that everybody can read it and we can
// delete it: the module cache is read-only.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		content, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
}
