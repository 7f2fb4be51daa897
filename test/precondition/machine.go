package precondition

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"lanekeeper.io/test/stack/state"
)

// Look reads from the machine what the needs ask about.
func Look(n Needs) Facts {
	have := Facts{
		Root: os.Geteuid() == 0, Address: hasAddress(), Running: state.All(),
		Absent: map[string]bool{}, Disks: map[string]Disk{}, Memory: availableMemory(),
		Files: openFilesLimit(), Tasks: tasksLeft(),
		RootWatchers: -1, SidecarWatchers: -1,
	}
	_, err := exec.LookPath("apt-get")
	have.Installable = have.Root && err == nil
	for _, p := range n.programs() {
		have.Absent[p.Name] = exec.Command(p.Probe[0], p.Probe[1:]...).Run() != nil
	}
	if n.Module != "" {
		have.Go = tryGo(n.Module)
	}
	if n.Stacks > 0 && have.Root {
		have.Kernel = tryKernel(have.Absent[Iptables.Name])
		most, used := number("/proc/sys/fs/inotify/max_user_instances"), watchers()
		have.RootWatchers, have.SidecarWatchers = left(most, used[0]), left(most, used[sidecarUser])
	}
	for _, s := range n.space() {
		if d, err := diskOf(s.Path); err == nil {
			have.Disks[s.Path] = d
		}
	}
	return have
}

// tryGo lets Go read the module, whose go.mod says which Go it takes.
func tryGo(module string) error {
	cmd := exec.Command("go", "list", "-m")
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go list -m in %s: %w %s", module, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Absent are the programs that would have to be installed.
func Absent(n Needs, have Facts) []Program {
	return slices.DeleteFunc(slices.Clone(n.programs()), func(p Program) bool { return !have.Absent[p.Name] })
}

func hasAddress() bool {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(addresses, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil
	})
}

// diskOf finds the file system of a path, or of the nearest folder above that
// exists.
func diskOf(path string) (Disk, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Disk{}, err
	}
	var file unix.Stat_t
	for unix.Stat(path, &file) != nil && path != "/" {
		path = filepath.Dir(path)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return Disk{}, err
	}
	return Disk{Device: file.Dev, Mount: path, Free: int(fs.Bavail * uint64(fs.Bsize) >> 20)}, nil
}
