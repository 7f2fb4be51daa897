package accesslog

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// logs of the proxies, below a stack's folder: <namespace>_<pod>/<container>.log.
const logs = "pods/*/istio-proxy.log"

// Each calls f with every line of every proxy that ran in the stack in a folder,
// and the pod it is of. Pods that have gone are included.
func Each(stackDir string, f func(pod string, l Line)) error {
	files, err := filepath.Glob(filepath.Join(stackDir, logs))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no proxy's log was found as %s", filepath.Join(stackDir, logs))
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		err = each(file, func(l Line) { f(filepath.Base(filepath.Dir(name)), l) })
		file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func each(log io.Reader, f func(Line)) error {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if l, ok := Parse(lines.Text()); ok {
			f(l)
		}
	}
	return lines.Err()
}

// around is how long before and after a lost request others are shown.
const around = time.Second

// most lines that are shown of the others.
const most = 400

// Explain writes what the proxies logged of a request, and then what they logged of
// others at that time.
func Explain(out io.Writer, stackDir, id string, start, end time.Time) error {
	var others []string
	fmt.Fprintf(out, "request %s, sent %s, over after %dms, as the proxies saw it:\n",
		id, start.UTC().Format("15:04:05.000"), end.Sub(start).Milliseconds())
	err := Each(stackDir, func(pod string, l Line) {
		text := fmt.Sprintf("  %-44s %s", pod, strings.TrimSpace(l.Text))
		switch {
		case l.ID == id:
			fmt.Fprintln(out, text)
		case l.End().After(start.Add(-around)) && l.Start.Before(end.Add(around)) && (l.Flags != "-" || l.Start.Sub(start).Abs() < around):
			others = append(others, text)
		}
	})
	fmt.Fprintf(out, "others at that time (%d, of which %d are shown):\n", len(others), min(most, len(others)))
	for _, text := range others[:min(most, len(others))] {
		fmt.Fprintln(out, text)
	}
	return err
}
