package precondition

import (
	"fmt"
	"slices"
	"strings"
)

// What was measured, in MB and pieces, of one of each, and rounded up.
const (
	stackMemory  = 2000
	serverMemory = 700
	stackSpace   = 1000 // access logs of half an hour above all
	serverSpace  = 300
	stackTasks   = 500
	openFiles    = 4096
	// inotify instances, of which one user may have 128 where nobody changed that
	rootWatchers    = 10
	sidecarWatchers = 55 // two for each
)

// Check compares what is about to be done with what the machine has.
func Check(n Needs, have Facts) Found {
	var f Found
	f.rights(n, have)
	f.programs(n, have)
	f.kernel(n, have)
	f.room(n, have)
	f.limits(n, have)
	f.others(n, have)
	return f
}

func (f *Found) rights(n Needs, have Facts) {
	if n.Stacks > 0 && !have.Root {
		f.lack("a stack needs root, because it runs pods in network namespaces of their own and under several users",
			"run this as root or with sudo")
	}
	if n.Servers > 0 && !have.Address {
		f.lack("there is no IPv4 address but the loopback's, and an API server calls webhooks at no other",
			"ip addr add 192.0.2.1/32 dev lo")
	}
}

func (f *Found) programs(n Needs, have Facts) {
	if n.Module != "" && have.Go != nil {
		f.lack("Go programs cannot be built: "+have.Go.Error(), "install the Go that go.mod names, see https://go.dev/doc/install")
	}
	if len(n.Unbuilt) > 0 {
		f.lack(strings.Join(n.Unbuilt, ", ")+" not built yet", "make parts")
	}
	if n.Installed && have.Installable {
		return
	}
	for _, p := range n.programs() {
		if have.Absent[p.Name] {
			f.lack(fmt.Sprintf("there is no %s, %s", p.Name, p.For), "on Debian or Ubuntu: sudo apt-get install -y "+p.Package)
		}
	}
}

// kernel reports the first thing that did not work: the others need it.
func (f *Found) kernel(n Needs, have Facts) {
	k := have.Kernel
	switch {
	case n.Stacks == 0 || !have.Root:
	case k.Namespaces != nil:
		f.lack(fmt.Sprintf("root may not make namespaces and mount in them (%v), where the pods live", k.Namespaces),
			"leave this container, or start it with: docker run --privileged")
	case k.Network != nil:
		f.lack(fmt.Sprintf("the kernel makes no bridge with a veth pair (%v), which connect the pods", k.Network),
			"modprobe -a bridge veth")
	case k.Redirect != nil && !have.Absent[Iptables.Name]:
		f.lack(fmt.Sprintf("iptables cannot redirect a pod's traffic to its sidecar (%v)", k.Redirect),
			"modprobe -a nft_compat nf_nat xt_owner xt_REDIRECT; or: update-alternatives --set iptables $(command -v iptables-legacy)")
	}
}

// room is memory and disk.
func (f *Found) room(n Needs, have Facts) {
	if need := n.memory(); have.Memory >= 0 && have.Memory < need {
		f.lack(fmt.Sprintf("%d MB of memory are available, and %d MB are needed", have.Memory, need), "end other programs"+endOthers(have.Running))
	}
	type demand struct {
		disk Disk
		mb   int
		what []string
	}
	var demands []demand
	for _, s := range n.space() {
		disk, known := have.Disks[s.Path]
		if !known {
			continue
		}
		i := slices.IndexFunc(demands, func(d demand) bool { return d.disk.Device == disk.Device })
		if i < 0 {
			i, demands = len(demands), append(demands, demand{disk: disk})
		}
		demands[i].mb += s.MB
		demands[i].what = append(demands[i].what, fmt.Sprintf("%s: %d MB in %s", s.For, s.MB, s.Path))
	}
	for _, d := range demands {
		if d.disk.Free < d.mb {
			f.lack(fmt.Sprintf("%d MB are free on the disk of %s, and %d MB are needed (%s)", d.disk.Free, d.disk.Mount, d.mb, strings.Join(d.what, "; ")),
				"make room there (du -xm "+d.disk.Mount+" | sort -n | tail), or let GOCACHE, GOMODCACHE and the checkout be on another disk")
		}
	}
}

func (f *Found) limits(n Needs, have Facts) {
	if n.Stacks == 0 {
		return
	}
	if have.Files >= 0 && have.Files < openFiles {
		f.lack(fmt.Sprintf("a process may open %d files, and a gateway under load opens up to %d", have.Files, openFiles), fmt.Sprintf("ulimit -n %d", openFiles))
	}
	if need := n.Stacks * stackTasks; have.Tasks >= 0 && have.Tasks < need {
		f.lack(fmt.Sprintf("%d more processes and threads may be started, and %d are needed", have.Tasks, need),
			"ulimit -u unlimited; in a container: docker run --pids-limit=-1")
	}
	for _, u := range []struct {
		who        string
		have, each int
	}{{"root", have.RootWatchers, rootWatchers}, {"the sidecars' user", have.SidecarWatchers, sidecarWatchers}} {
		if need := n.Stacks * u.each; u.have >= 0 && u.have < need {
			f.lack(fmt.Sprintf("%s may have %d more inotify instances, and %d are needed", u.who, u.have, need),
				fmt.Sprintf("sysctl -w fs.inotify.max_user_instances=%d", max(1024, 2*need)))
		}
	}
}

func (f *Found) others(n Needs, have Facts) {
	if n.Name != "" && slices.Contains(have.Running, n.Name) {
		f.lack(fmt.Sprintf("the stack %q is running already", n.Name), "bin/stack down -name "+n.Name)
	}
	beside := slices.DeleteFunc(slices.Clone(have.Running), func(s string) bool { return s == n.Name })
	if n.Stacks+n.Servers > 0 && len(beside) > 0 {
		f.Notes = append(f.Notes, "other stacks run beside: "+strings.Join(beside, ", ")+"; less load will be carried, and figures will be worse"+endOthers(beside))
	}
}

func endOthers(stacks []string) string {
	var out strings.Builder
	for _, s := range stacks {
		out.WriteString("; bin/stack down -name " + s)
	}
	return out.String()
}
