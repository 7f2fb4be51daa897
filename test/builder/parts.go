package builder

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lanekeeper.io/test/precondition"
)

// part is one thing that ends up in bin/.
type part struct {
	name string
	// pins are the files, relative to the repository, whose content decides
	// whether the part is up to date. None: the Go build cache decides.
	pins []string
	// makes lists the files or folders that must exist in bin/.
	makes []string
	// apart: it is built only when it is named, since most of what runs does not need it.
	apart bool
	// compiled: it is built by Go, as far as it is not up to date.
	compiled bool
	// builtWith are programs of the machine without which the part is not built,
	// runWith those without which it does not run.
	builtWith, runWith []precondition.Program
	// build makes the part; its output goes to the part's log.
	build func(ctx context.Context, w *workshop) error
}

// Names returns the names of the parts that everything needs, in the order in which they are
// built.
func Names() []string { return namesOf(usual()) }

func namesOf(parts []part) []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

func usual() []part { return slices.DeleteFunc(parts(), func(p part) bool { return p.apart }) }

// parts is the list of everything: first what another network than Go's brings,
// then cheap and often wanted things, so that a failure shows early.
func parts() []part {
	return []part{
		envoy(),
		assets(),
		tool("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
		kubernetes("kube-apiserver"),
		kubernetes("kube-controller-manager"),
		kubernetes("kube-scheduler"),
		kubernetes("kubectl"),
		tool("kruise-rollout", "kruise-rollout", "github.com/openkruise/rollouts"),
		tool("kubectl-kruise", "kruise-tools", "github.com/openkruise/kruise-tools/cmd/plugin"),
		tool("pilot-discovery", "istio", "istio.io/istio/pilot/cmd/pilot-discovery"),
		tool("pilot-agent", "istio", "istio.io/istio/pilot/cmd/pilot-agent", precondition.Iptables),
		own("stack", "test", "./cmd/stack"),
		own("mockapp", "test", "./stack/mockapp"),
		own("talkapp", "test", "./stack/talkapp"),
		own("lanekeeper", ".", "./cmd/lanekeeper"),
		zig(),
		otelOperator(),
		otelAgents(),
		mockLanguages(),
		kruise(),
	}
}

// choose returns the parts with the given names, the usual ones when none is given.
func choose(names []string) ([]part, error) {
	if len(names) == 0 {
		return usual(), nil
	}
	all := parts()
	for _, n := range names {
		if known := namesOf(all); !slices.Contains(known, n) {
			return nil, fmt.Errorf("there is no part %q; the parts are: %s", n, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(all, func(p part) bool { return !slices.Contains(names, p.name) }), nil
}

// tool is a foreign Go program, pinned by test/tools/<module>/go.mod.
func tool(name, module, pkg string, runWith ...precondition.Program) part {
	return part{
		name:     name,
		pins:     pinsOf(module),
		makes:    []string{name},
		compiled: true,
		runWith:  runWith,
		build: func(ctx context.Context, w *workshop) error {
			return w.goBuild(ctx, name, toolDir(module), pkg, "-s -w")
		},
	}
}

// kubernetes is one of Kubernetes' own programs. They carry the version of the
// pin, because clients and Istio read it from the API server.
func kubernetes(name string) part {
	return part{
		name:     name,
		pins:     pinsOf("kubernetes"),
		makes:    []string{name},
		compiled: true,
		build: func(ctx context.Context, w *workshop) error {
			version, err := w.moduleVersion(ctx, "kubernetes", "k8s.io/kubernetes")
			if err != nil {
				return err
			}
			return w.goBuild(ctx, name, toolDir("kubernetes"), "k8s.io/kubernetes/cmd/"+name, "-s -w"+versionFlags(version))
		},
	}
}

// own is a program of this repository.
func own(name, module, pkg string) part {
	return part{
		name:     name,
		makes:    []string{name},
		compiled: true,
		build: func(ctx context.Context, w *workshop) error {
			return w.goBuild(ctx, name, module, pkg, "")
		},
	}
}

func toolDir(module string) string { return "test/tools/" + module }

func pinsOf(module string) []string {
	return []string{toolDir(module) + "/go.mod", toolDir(module) + "/go.sum"}
}

// versionFlags are the linker flags that Kubernetes' own build passes for a
// version such as v1.36.3.
func versionFlags(version string) string {
	const pkg = "k8s.io/component-base/version"
	numbers := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(numbers) < 3 {
		return ""
	}
	return fmt.Sprintf(" -X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=%[3]s -X %[1]s.gitMinor=%[4]s",
		pkg, version, numbers[0], numbers[1])
}
