package builder

import (
	"context"
	"path/filepath"
)

// kruise is OpenKruise, with the manifests that install it. Only workloads that are its own need it:
// CloneSets, and its StatefulSets and DaemonSets.
func kruise() part {
	const name, module = "kruise", "github.com/openkruise/kruise"
	p := tool(name, name, module)
	p.apart = true
	compile := p.build
	p.makes = append(p.makes, "kruise-config")
	p.build = func(ctx context.Context, w *workshop) error {
		dir, err := w.moduleDir(ctx, name, module)
		if err != nil {
			return err
		}
		fresh := w.scratch("kruise-config")
		if err := copyTree(filepath.Join(dir, "config"), fresh); err != nil {
			return err
		}
		if err := w.replace(fresh, "kruise-config"); err != nil {
			return err
		}
		return compile(ctx, w)
	}
	return p
}
