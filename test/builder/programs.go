package builder

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// program is something the machine's package manager has and we do not build.
type program struct {
	name   string
	debian string   // the package of Debian and Ubuntu
	probe  []string // a command that succeeds when the program is there
}

var (
	iptables = program{name: "iptables", debian: "iptables", probe: []string{"iptables", "--version"}}
	pip      = program{name: "pip", debian: "python3-pip", probe: []string{"python3", "-m", "pip", "--version"}}
)

// ensurePrograms sees to it that the machine has what the parts need: installed
// when we may, otherwise named together with the command that installs it.
func ensurePrograms(ctx context.Context, log io.Writer, parts []part) error {
	var names, packages []string
	seen := map[string]bool{}
	for _, p := range parts {
		for _, n := range p.needs {
			if !seen[n.name] && exec.CommandContext(ctx, n.probe[0], n.probe[1:]...).Run() != nil {
				names, packages = append(names, n.name), append(packages, n.debian)
			}
			seen[n.name] = true
		}
	}
	if len(packages) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("this machine lacks %s; on Debian or Ubuntu install it with: sudo apt-get install -y %s",
			strings.Join(names, " and "), strings.Join(packages, " "))
	}
	return install(ctx, log, packages)
}

func install(ctx context.Context, log io.Writer, packages []string) error {
	if log == nil {
		log = io.Discard
	}
	fmt.Fprintf(log, "installing %s with apt-get\n", strings.Join(packages, " "))
	for _, args := range [][]string{
		{"update", "-q"},
		append([]string{"install", "-yq", "--no-install-recommends"}, packages...),
	} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, tail(string(out), 10))
		}
	}
	return nil
}
