package precondition

import (
	"bytes"
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// tryKernel does what a stack does, in namespaces that nobody else sees and that
// go with the thread that made them.
func tryKernel(withoutIptables bool) (k Kernel) {
	onThreadOfItsOwn(func() {
		if k.Namespaces = enterNamespaces(); k.Namespaces == nil {
			if k.Network = makeBridge(); k.Network == nil && !withoutIptables {
				k.Redirect = redirect()
			}
		}
	})
	return k
}

// onThreadOfItsOwn runs f on a thread that ends afterwards. The first one of a
// process cannot end, and stands for all of it in /proc.
func onThreadOfItsOwn(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			defer runtime.UnlockOSThread()
			onThreadOfItsOwn(f) // while this one is taken
			return
		}
		f() // still locked when the goroutine ends, and so the thread ends, too
	}()
	<-done
}

func enterNamespaces() error {
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	// Here iptables keeps its lock.
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("mounting a tmpfs: %w", err)
	}
	return nil
}

func makeBridge() error {
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "trybridge"}}
	if err := netlink.LinkAdd(bridge); err != nil {
		return fmt.Errorf("adding a bridge: %w", err)
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MasterIndex = "trypod", bridge.Attrs().Index
	if err := netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "trypeer"}); err != nil {
		return fmt.Errorf("adding a veth pair: %w", err)
	}
	return nil
}

// redirect is of the kind of istio-iptables' rules.
func redirect() error {
	rules := strings.Join([]string{
		"*nat",
		"-A OUTPUT -p tcp -m owner --uid-owner 1337 -j RETURN",
		"-A OUTPUT -p tcp -j REDIRECT --to-ports 15001",
		"COMMIT", "",
	}, "\n")
	var said bytes.Buffer
	cmd := exec.Command("iptables-restore", "--noflush") // a child of this thread: in its namespaces
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(rules), &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("iptables-restore: %w: %s", err, strings.Join(strings.Fields(said.String()), " "))
	}
	return nil
}
