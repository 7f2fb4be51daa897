package precondition

// Facts are what the checks need to know of the machine. What nobody asked about
// is left as if there were enough of it.
type Facts struct {
	Root bool
	// Installable: programs can be installed here and now.
	Installable bool
	// Absent are programs, by name.
	Absent map[string]bool
	// Go is why nothing can be compiled; nil if it can.
	Go error
	// Kernel is why the kernel does not let a stack be made; nil parts are fine.
	Kernel Kernel
	// Address: there is an IPv4 address but the loopback's.
	Address bool
	// Memory that is available, in MB; -1 if that is unknown.
	Memory int
	// Disks by the path that was asked about.
	Disks map[string]Disk
	// Running stacks, by name, sorted.
	Running []string
	// Files is how many files a process may open, Tasks how many processes and
	// threads may still be started; -1 without a limit.
	Files, Tasks int
	// Watchers is how many more inotify instances root may have, and the user of the
	// sidecars, whatever stack they are in; -1 without a limit.
	RootWatchers, SidecarWatchers int
}

// Kernel is what became of an attempt.
type Kernel struct {
	Namespaces error // network, mount and process namespaces, and mounts in them
	Network    error // a bridge and a veth pair
	Redirect   error // iptables' rules of a sidecar
}

// Disk is a file system.
type Disk struct {
	Device uint64 // paths of one device share what is free
	Mount  string // a path of it that exists
	Free   int    // MB
}
