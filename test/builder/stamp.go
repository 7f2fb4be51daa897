package builder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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

func (w *workshop) upToDate(p part, stamp string) bool {
	if stamp == "" {
		return false
	}
	for _, f := range p.makes {
		if _, err := os.Stat(filepath.Join(w.bin, f)); err != nil {
			return false
		}
	}
	was, err := os.ReadFile(w.stampFile(p))
	return err == nil && string(was) == stamp
}

func (w *workshop) writeStamp(p part, stamp string) error {
	if stamp == "" {
		return nil
	}
	return os.WriteFile(w.stampFile(p), []byte(stamp), 0o644)
}

func (w *workshop) stampFile(p part) string { return filepath.Join(w.bin, ".stamps", p.name) }
