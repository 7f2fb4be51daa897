package figures

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine says in one line what the figures were measured on.
func Machine() string {
	return fmt.Sprintf("%d cores (%s), %s memory, %s/%s, %s",
		runtime.NumCPU(), field("/proc/cpuinfo", "model name"), memory(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func memory() string {
	var kib int64
	if _, err := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%d kB", &kib); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
}

// field reads the first line of that key.
func field(path, key string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
