package node

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// languages are the mock application's beside Go. It passes no header on in them: an agent
// brings the tag along. Of a Java process a compiler that is quickly done is asked for, and of
// its server that it keeps connections, which Envoy may use much later.
var languages = map[string][]string{
	"java": {"/usr/bin/java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m",
		"-Dsun.net.httpserver.idleInterval=86400", "-Dsun.net.httpserver.maxIdleConnections=10000",
		"-cp", binDir + "/otel/mock", "Mock"},
	"nodejs": {"/usr/bin/node", binDir + "/otel/mock/mock.js"},
	"python": {"/bin/sh", "-c", `PYTHONPATH="${PYTHONPATH:+$PYTHONPATH:}` + binDir + `/otel/mock/python" exec /usr/bin/python3 ` + binDir + `/otel/mock/mock.py`},
}

// language is the end of an image's tag, as in v0.1-java.
func language(tag string) string { return tag[strings.LastIndex(tag, "-")+1:] }

// agentImage is how the names of the OpenTelemetry operator's images begin, which end with the
// language: an init container copies the agent out of it.
const agentImage = "autoinstrumentation-"

// inImage is what an agent's image holds, and where that is on this node.
var inImage = map[string]struct{ path, here string }{
	"java":   {"/javaagent.jar", binDir + "/otel/agents/javaagent.jar"},
	"nodejs": {"/autoinstrumentation/.", binDir + "/otel/agents/nodejs/."},
	"python": {"/autoinstrumentation/.", binDir + "/otel/agents/python/."},
}

// agentArgv is the copying, from where the image's files are here.
func agentArgv(c corev1.Container, language string) ([]string, error) {
	argv := slices.Concat(c.Command, c.Args)
	held := inImage[language]
	from := slices.Index(argv, held.path)
	if held.path == "" || from < 0 {
		return nil, fmt.Errorf("container %s: %q copies no agent that this node has out of its image", c.Name, argv)
	}
	argv[from] = held.here
	return argv, nil
}
