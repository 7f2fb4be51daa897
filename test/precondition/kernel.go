package precondition

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"

	"lanekeeper.io/test/stack/network"
)

// tryKernel does what a stack does, in namespaces that nobody else sees and that
// nothing is left of.
func tryKernel(withoutIptables bool) Kernel {
	if err := enterNamespaces(); err != nil {
		return Kernel{Namespaces: err}
	}
	namespace, err := network.New()
	if err != nil {
		return Kernel{Namespaces: err}
	}
	defer namespace.Close()
	var k Kernel
	if err := network.Inside(namespace, func() error {
		if k.Network = makeBridge(); k.Network == nil && !withoutIptables {
			k.Redirect = redirect()
		}
		return nil
	}); err != nil {
		return Kernel{Namespaces: err}
	}
	return k
}

// enterNamespaces lets a child do so: it enters a mount namespace and makes its
// mounts private there, as a stack's first process does.
func enterNamespaces() error {
	cmd := exec.Command("true")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Unshareflags: syscall.CLONE_NEWNS,
	}
	return cmd.Run()
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
	cmd := exec.Command("iptables-restore", "--noflush", "--wait=5") // a child of this thread: in its network
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(rules), &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("iptables-restore: %w: %s", err, strings.Join(strings.Fields(said.String()), " "))
	}
	return nil
}
