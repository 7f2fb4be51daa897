package precondition

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plenty is a machine that has all it takes.
func plenty() Facts {
	return Facts{
		Root: true, Address: true, Memory: 64000, Files: 1 << 20, Tasks: -1, RootWatchers: 100, SidecarWatchers: -1,
		Disks: map[string]Disk{"/tmp": {Device: 1, Mount: "/tmp", Free: 100000}},
	}
}

func TestNothingIsMissingWhereThereIsPlenty(t *testing.T) {
	found := Check(Needs{Stacks: 4, Name: "mine", Servers: 2, Module: "test", Programs: []Program{Pip}}, plenty())
	require.NoError(t, found.Err())
	assert.Empty(t, found.Notes)
}

func TestWhatIsMissing(t *testing.T) {
	stack := Needs{Stacks: 1, Name: "mine"}
	for name, tt := range map[string]struct {
		needs      Needs
		lack       func(*Facts)
		what, mend string
	}{
		"no root":              {stack, func(f *Facts) { f.Root = false }, "a stack needs root", "sudo"},
		"no namespaces":        {stack, func(f *Facts) { f.Kernel.Namespaces = errors.New("EPERM") }, "may not make namespaces and mount in them (EPERM)", "docker run --privileged"},
		"no bridge":            {stack, func(f *Facts) { f.Kernel.Network = errors.New("EOPNOTSUPP") }, "no bridge with a veth pair (EOPNOTSUPP)", "modprobe -a bridge veth"},
		"no iptables":          {stack, func(f *Facts) { f.Absent = map[string]bool{"iptables": true} }, "there is no iptables, to lead", "apt-get install -y iptables"},
		"iptables do not work": {stack, func(f *Facts) { f.Kernel.Redirect = errors.New("no chain") }, "iptables cannot redirect a pod's traffic to its sidecar (no chain)", "modprobe"},
		"no pip":               {Needs{Programs: []Program{Pip}}, func(f *Facts) { f.Absent = map[string]bool{"pip": true} }, "there is no pip, to download what is published as a Python wheel", "apt-get install -y python3-pip"},
		"no Go":                {Needs{Module: "test"}, func(f *Facts) { f.Go = errors.New("not found") }, "Go programs cannot be built: not found", "https://go.dev"},
		"parts":                {Needs{Unbuilt: []string{"etcd", "envoy"}}, func(*Facts) {}, "etcd, envoy not built yet", "make parts"},
		"memory":               {Needs{Stacks: 2}, func(f *Facts) { f.Memory = 3999 }, "3999 MB of memory are available, and 4000 MB are needed", "end other programs"},
		"memory, with others":  {Needs{Stacks: 2}, func(f *Facts) { f.Memory, f.Running = 1, []string{"a", "b"} }, "1 MB", "bin/stack down -name a; bin/stack down -name b"},
		"memory to compile":    {Needs{Memory: 1000}, func(f *Facts) { f.Memory = 500 }, "500 MB", "end other programs"},
		"room in /tmp":         {stack, func(f *Facts) { f.Disks["/tmp"] = Disk{Mount: "/tmp", Free: 999} }, "999 MB are free on the disk of /tmp, and 1000 MB are needed (logs and data of what runs: 1000 MB in /tmp)", "make room there"},
		"open files":           {stack, func(f *Facts) { f.Files = 1024 }, "may open 1024 files", "ulimit -n 4096"},
		"processes":            {stack, func(f *Facts) { f.Tasks = 100 }, "100 more processes", "--pids-limit=-1"},
		"watchers of root":     {stack, func(f *Facts) { f.RootWatchers = 9 }, "root may have 9 more inotify instances, and 10 are needed", "sysctl -w fs.inotify.max_user_instances=1024"},
		"watchers of sidecars": {Needs{Stacks: 2}, func(f *Facts) { f.SidecarWatchers = 109 }, "the sidecars' user may have 109 more inotify instances, and 110 are needed", "sysctl"},
		"the stack runs":       {stack, func(f *Facts) { f.Running = []string{"mine"} }, `the stack "mine" is running already`, "bin/stack down -name mine"},
		"no address":           {Needs{Servers: 1}, func(f *Facts) { f.Address = false }, "no IPv4 address but the loopback's", "ip addr add"},
	} {
		t.Run(name, func(t *testing.T) {
			have := plenty()
			tt.lack(&have)
			found := Check(tt.needs, have)
			require.Len(t, found.Lacks, 1, found)
			assert.Contains(t, found.Lacks[0].What, tt.what)
			assert.Contains(t, found.Lacks[0].Mend, tt.mend)
		})
	}
}

func TestEverythingIsSaidAtOnce(t *testing.T) {
	have := plenty()
	have.Root, have.Memory = false, 0
	err := Check(Needs{Stacks: 1, Unbuilt: []string{"etcd"}}, have).Err()
	require.EqualError(t, err, `this machine is not ready:
- a stack needs root, because it runs pods in network namespaces of their own and under several users
    run this as root or with sudo
- etcd not built yet
    make parts
- 0 MB of memory are available, and 2000 MB are needed
    end other programs`)
}

func TestPathsOfOneDiskShareItsRoom(t *testing.T) {
	n := Needs{Space: []Space{{"/bin", 600, "parts"}, {"/cache", 600, "Go's cache"}}}
	have := plenty()
	have.Disks = map[string]Disk{"/bin": {Device: 7, Mount: "/", Free: 1000}, "/cache": {Device: 7, Mount: "/", Free: 1000}}
	require.ErrorContains(t, Check(n, have).Err(), "1000 MB are free on the disk of /, and 1200 MB are needed (parts: 600 MB in /bin; Go's cache: 600 MB in /cache)")

	have.Disks["/cache"] = Disk{Device: 8, Mount: "/cache", Free: 1000}
	require.NoError(t, Check(n, have).Err())
}

func TestWhatWillBeInstalledIsNotMissing(t *testing.T) {
	have := plenty()
	have.Absent, have.Installable = map[string]bool{"pip": true}, true
	n := Needs{Programs: []Program{Iptables, Pip}, Installed: true}
	require.NoError(t, Check(n, have).Err())
	assert.Equal(t, []Program{Pip}, Absent(n, have))

	have.Installable = false
	require.Error(t, Check(n, have).Err())
}

func TestWhatTheMachineIsReadyFor(t *testing.T) {
	for want, needs := range map[string]Needs{
		"this machine is ready": {},
		"this machine is ready for the parts to be built and 2 stacks":                    {Module: "test", Stacks: 2},
		"this machine is ready for the parts to be built and one stack and 2 API servers": {Module: "test", Stacks: 1, Servers: 2},
		"this machine is ready for one API server":                                        {Servers: 1},
	} {
		assert.Equal(t, want, Ready(needs))
	}
}

func TestStacksBesideAreNoted(t *testing.T) {
	have := plenty()
	have.Running = []string{"kept", "other"}
	found := Check(Needs{Stacks: 1, Name: "mine"}, have)
	require.NoError(t, found.Err())
	assert.Equal(t, []string{"other stacks run beside: kept, other; less load will be carried, and figures will be worse" +
		"; bin/stack down -name kept; bin/stack down -name other"}, found.Notes)
}
