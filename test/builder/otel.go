package builder

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"lanekeeper.io/test/precondition"
)

// What tags in baggage are tried with: the OpenTelemetry operator, the agents that it injects,
// and the mock application in their languages. Only the stories of baggage need them.

const (
	agentPins = "test/tools/otel-agents"
	mockPins  = "test/stack/mockapp"
	// systemPython is what the node runs, since it is where every user may read it.
	systemPython = "/usr/bin/python3"
)

// otelOperator is the operator, with the kinds and the rights that it wants.
func otelOperator() part {
	const name, module = "otel-operator", "github.com/open-telemetry/opentelemetry-operator"
	p := tool(name, name, module)
	p.apart = true
	compile := p.build
	kinds, rights := "otel/operator/instrumentations.yaml", "otel/operator/role.yaml"
	p.makes = append(p.makes, kinds, rights)
	p.build = func(ctx context.Context, w *workshop) error {
		dir, err := w.moduleDir(ctx, name, module)
		if err != nil {
			return err
		}
		for to, from := range map[string]string{kinds: "config/crd/bases/opentelemetry.io_instrumentations.yaml", rights: "config/rbac/role.yaml"} {
			if err := copyTree(filepath.Join(dir, from), filepath.Join(w.bin, to)); err != nil {
				return err
			}
		}
		return compile(ctx, w)
	}
	return p
}

// otelAgents are what the operator's images hold, each as its makers publish it.
func otelAgents() part {
	return part{
		name: "otel-agents", apart: true,
		pins: []string{agentPins + "/java/pom.xml", agentPins + "/nodejs/package.json", agentPins + "/nodejs/package-lock.json",
			agentPins + "/nodejs/autoinstrumentation.js", agentPins + "/python/requirements.txt"},
		makes:     []string{"otel/agents/javaagent.jar", "otel/agents/nodejs/node_modules", "otel/agents/python/opentelemetry"},
		builtWith: []precondition.Program{precondition.Maven, precondition.Npm, precondition.Pip, precondition.Python},
		build: func(ctx context.Context, w *workshop) error {
			fresh := w.scratch("agents")
			for _, bring := range []func(context.Context, string) error{w.javaAgent, w.nodeAgent, w.pythonAgent} {
				if err := bring(ctx, fresh); err != nil {
					return err
				}
			}
			return w.replace(fresh, "otel/agents")
		},
	}
}

func (w *workshop) javaAgent(ctx context.Context, fresh string) error {
	_, err := w.run(ctx, agentPins+"/java", "mvn", "-q", "-B", "dependency:copy-dependencies",
		"-DexcludeTransitive=true", "-Dmdep.stripVersion=true", "-DoutputDirectory="+fresh)
	if err != nil {
		return err
	}
	return os.Rename(filepath.Join(fresh, "opentelemetry-javaagent.jar"), filepath.Join(fresh, "javaagent.jar"))
}

func (w *workshop) nodeAgent(ctx context.Context, fresh string) error {
	target := filepath.Join(fresh, "nodejs")
	if err := copyTree(filepath.Join(w.root, agentPins, "nodejs"), target); err != nil {
		return err
	}
	_, err := w.run(ctx, ".", "npm", "ci", "--prefix", target, "--ignore-scripts", "--no-audit", "--no-fund")
	return err
}

func (w *workshop) pythonAgent(ctx context.Context, fresh string) error {
	return w.pythonPackages(ctx, agentPins+"/python/requirements.txt", filepath.Join(fresh, "python"))
}

// pythonPackages puts wheels for the system's Python into a folder, whatever Python pip runs in.
func (w *workshop) pythonPackages(ctx context.Context, pins, target string) error {
	version, err := w.run(ctx, ".", systemPython, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
	if err != nil {
		return err
	}
	_, err = w.run(ctx, ".", "python3", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
		"--implementation=cp", "--python-version="+strings.TrimSpace(string(version)), "--target="+target, "-r", pins)
	return err
}

// mockLanguages is the mock application in the languages of the agents.
func mockLanguages() part {
	return part{
		name: "mock-languages", apart: true,
		pins:      []string{mockPins + "/java/Mock.java", mockPins + "/nodejs/mock.js", mockPins + "/python/mock.py", mockPins + "/python/requirements.txt"},
		makes:     []string{"otel/mock/Mock.class", "otel/mock/mock.js", "otel/mock/mock.py", "otel/mock/python/flask"},
		builtWith: []precondition.Program{precondition.Pip},
		runWith:   []precondition.Program{precondition.Java, precondition.Node, precondition.Python},
		build: func(ctx context.Context, w *workshop) error {
			fresh := w.scratch("mock")
			if _, err := w.run(ctx, mockPins+"/java", "/usr/bin/javac", "-d", fresh, "Mock.java"); err != nil {
				return err
			}
			for from, to := range map[string]string{"nodejs/mock.js": "mock.js", "python/mock.py": "mock.py"} {
				if err := copyTree(filepath.Join(w.root, mockPins, from), filepath.Join(fresh, to)); err != nil {
					return err
				}
			}
			if err := w.pythonPackages(ctx, mockPins+"/python/requirements.txt", filepath.Join(fresh, "python")); err != nil {
				return err
			}
			return w.replace(fresh, "otel/mock")
		},
	}
}
