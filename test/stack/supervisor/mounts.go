package supervisor

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"lanekeeper.io/test/stack/state"
)

// mountAll gives the stack what it must not share with the machine.
func mountAll(dir state.Dir, bin string) error {
	for _, m := range []struct {
		source, target, kind string
		flags                uintptr
	}{
		// Nothing below shows outside, nor does anything outside show here later.
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{"proc", "/proc", "proc", 0},  // of our PID namespace
		{"sysfs", "/sys", "sysfs", 0}, // of our network namespace
		{"tmpfs", "/run", "tmpfs", 0}, // sockets, netns names, iptables' lock
		// The pods' users must reach the programs, wherever the checkout is: a
		// folder below /root lets nobody else in.
		{bin, dir.Bin(), "", unix.MS_BIND},
	} {
		if err := unix.Mount(m.source, m.target, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mounting %s%s: %w", m.target, hint(err), err)
		}
	}
	if err := os.Mkdir("/run/netns", 0o755); err != nil {
		return err
	}
	// Host-wide names of namespaces have no business in here, nor ours there.
	if _, err := os.Stat("/etc/netns"); err == nil {
		return unix.Mount("tmpfs", "/etc/netns", "tmpfs", 0, "")
	}
	return nil
}

func hint(err error) string {
	if os.IsPermission(err) {
		return " (does this container lack CAP_SYS_ADMIN?)"
	}
	return ""
}
