package builder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// recipe belongs to every stamp: change it when the way of building changes in
// a manner that the pins do not show.
const recipe = "1"

// stampOf returns what the part's stamp must say, "" for a part without pins.
func (w *workshop) stampOf(p part) (string, error) {
	if len(p.pins) == 0 {
		return "", nil
	}
	h := sha256.New()
	fmt.Fprintln(h, recipe, p.name, runtime.GOOS, runtime.GOARCH)
	for _, f := range p.pins {
		content, err := os.ReadFile(filepath.Join(w.root, f))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, f, len(content))
		h.Write(content)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// upToDate reports whether what the part makes is there as it was built. The sizes of its
// files tell of those that were cut short or replaced; reading them all would take seconds.
func (w *workshop) upToDate(p part, stamp string) bool {
	if stamp == "" {
		return false
	}
	sizes, err := w.sizesOf(p)
	if err != nil {
		return false
	}
	was, err := os.ReadFile(w.stampFile(p))
	return err == nil && string(was) == stamp+sizes
}

func (w *workshop) writeStamp(p part, stamp string) error {
	if stamp == "" {
		return nil
	}
	sizes, err := w.sizesOf(p)
	if err != nil {
		return err
	}
	return os.WriteFile(w.stampFile(p), []byte(stamp+sizes), 0o644)
}

// sizesOf returns a line for each thing that the part makes, with its size if it is a file.
func (w *workshop) sizesOf(p part) (string, error) {
	var out strings.Builder
	for _, f := range p.makes {
		info, err := os.Stat(filepath.Join(w.bin, f))
		if err != nil {
			return "", err
		}
		size := int64(0)
		if info.Mode().IsRegular() {
			size = info.Size()
		}
		fmt.Fprintf(&out, "\n%s %d", f, size)
	}
	return out.String(), nil
}

func (w *workshop) stampFile(p part) string { return filepath.Join(w.bin, ".stamps", p.name) }
