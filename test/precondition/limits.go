package precondition

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// number reads a file with one; -1 where there is none, as in "max".
func number(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return -1
	}
	return n
}

// least is the smaller limit; -1 is none.
func least(a, b int) int {
	switch {
	case a < 0:
		return b
	case b < 0:
		return a
	}
	return min(a, b)
}

// left is what of a limit is not used.
func left(limit, used int) int {
	if limit < 0 || used < 0 {
		return -1
	}
	return max(limit-used, 0)
}

// availableMemory is the machine's or the control group's, in MB.
func availableMemory() int {
	available := -1
	text, _ := os.ReadFile("/proc/meminfo")
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			kb, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err == nil {
				available = kb >> 10
			}
		}
	}
	group := least(
		mb(left(number(controlGroup("", "memory.max")), inUse(controlGroup("", "memory.current"), controlGroup("", "memory.stat")))),
		mb(left(number(controlGroup("memory", "memory.limit_in_bytes")), inUse(controlGroup("memory", "memory.usage_in_bytes"), controlGroup("memory", "memory.stat")))),
	)
	return least(available, group)
}

func mb(n int) int {
	if n < 0 {
		return n
	}
	return n >> 20
}

// inUse leaves out the files that are in memory and would go.
func inUse(usage, stat string) int {
	used := number(usage)
	text, _ := os.ReadFile(stat)
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "inactive_file "); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil {
				return max(used-n, 0)
			}
		}
	}
	return used
}

// controlGroup is a file of our control group, of the second version when the
// controller is empty. Inside a container our group is at the root of what is seen.
func controlGroup(controller, file string) string {
	groups, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || parts[1] != controller {
			continue
		}
		for _, group := range []string{parts[2], ""} {
			path := filepath.Join("/sys/fs/cgroup", controller, group, file)
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	return ""
}

// openFilesLimit is what a program can raise its own limit to.
func openFilesLimit() int {
	return limit(unix.RLIMIT_NOFILE)
}

func limit(resource int) int {
	var l unix.Rlimit
	if err := unix.Getrlimit(resource, &l); err != nil || l.Max > math.MaxInt32 {
		return -1
	}
	return int(l.Max)
}

// tasksLeft is how many processes and threads may still be started.
func tasksLeft() int {
	group := least(
		left(number(controlGroup("", "pids.max")), number(controlGroup("", "pids.current"))),
		left(number(controlGroup("pids", "pids.max")), number(controlGroup("pids", "pids.current"))),
	)
	return least(group, limit(unix.RLIMIT_NPROC))
}
