package node

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// binDir is where Config.Bin appears inside every container, so that a program
// can be run by a user who may not enter the folder it was built in.
const binDir = "/stack/bin"

// program is what runs in place of an image.
type program struct {
	Argv []string
	Env  map[string]string // over the environment of the spec
	// NeverReady holds the pod's readiness back whatever the probes say.
	NeverReady bool
	// Router: the container is Istio's gateway; see router in sidecar.go.
	Router bool
	User   int // unless the spec's securityContext says otherwise
}

const appUser = 1000

// The images that this node knows, by the last element of their repository:
//
//	go-http-sample, asm-mock   the mock application; its version is the image's
//	                           tag (1.0 is v1), over the environment's
//	                           `version`, as the sample's image prints its own
//	asm-mock, with a tag that ends with the name of a language, and the
//	autoinstrumentation of one: languages.go
//	talk-sample                the talking application, likewise
//	lanekeeper                 the manager, with the container's arguments
//	opentelemetry-operator     the operator, likewise
//	kruise-manager             OpenKruise's manager, likewise
//	proxyv2-gateway            Istio's ingress gateway (so is any image of a
//	                           pod labelled istio: ingressgateway)
//	pause                      waits
//
// A name or tag with "broken" runs but never becomes ready; a tag with "failing",
// "slow" or "resetting" is that mode of the mock application (package mockapp).
func programOf(pod *corev1.Pod, c corev1.Container) (program, error) {
	repo, tag := splitImage(c.Image)
	name := path.Base(repo)
	broken := strings.Contains(name, "broken") || strings.Contains(tag, "broken")
	switch base := strings.TrimSuffix(name, "-broken"); {
	case base == "proxyv2-gateway" || pod.Labels["istio"] == "ingressgateway":
		return program{Router: true, User: proxyUser, NeverReady: broken}, nil
	case base == "asm-mock" && languages[language(tag)] != nil:
		return program{Argv: languages[language(tag)], User: appUser, NeverReady: broken}, nil
	case strings.HasPrefix(base, agentImage):
		argv, err := agentArgv(c, strings.TrimPrefix(base, agentImage))
		return program{Argv: argv, User: appUser}, err
	case base == "opentelemetry-operator":
		return program{Argv: append([]string{binDir + "/otel-operator"}, c.Args...), User: appUser, NeverReady: broken}, nil
	case base == "kruise-manager":
		return program{Argv: append([]string{binDir + "/kruise"}, c.Args...), User: appUser, NeverReady: broken}, nil
	case base == "go-http-sample" || base == "asm-mock":
		return program{Argv: []string{binDir + "/mockapp"}, Env: mockEnv(tag), User: appUser, NeverReady: broken}, nil
	case base == "talk-sample":
		return program{Argv: []string{binDir + "/talkapp"}, Env: mockEnv(tag), User: appUser, NeverReady: broken}, nil
	case base == "pause":
		return program{Argv: []string{binDir + "/mockapp", "pause"}, User: appUser, NeverReady: broken}, nil
	case base == "lanekeeper":
		argv, err := managerArgv(c)
		return program{Argv: argv, User: appUser, NeverReady: broken}, err
	}
	return program{}, fmt.Errorf("image %q stands for no program on this node: it knows go-http-sample, asm-mock, talk-sample, lanekeeper, opentelemetry-operator, kruise-manager, autoinstrumentation-<language>, proxyv2-gateway and pause (see test/stack/node/images.go)", c.Image)
}

// managerArgv maps the entry point's path in the image to the built binary.
func managerArgv(c corev1.Container) ([]string, error) {
	args := c.Args
	if len(c.Command) > 0 {
		switch base := path.Base(c.Command[0]); base {
		case "lanekeeper", "manager":
		default:
			return nil, fmt.Errorf("container %s: command %q is not in the lanekeeper image; leave command out or use /lanekeeper", c.Name, c.Command[0])
		}
		args = append(append([]string{}, c.Command[1:]...), c.Args...)
	}
	return append([]string{binDir + "/lanekeeper"}, args...), nil
}

func mockEnv(tag string) map[string]string {
	env := map[string]string{}
	if v := mockVersion(tag); v != "" {
		env["version"] = v
	}
	for _, mode := range []string{"failing", "slow", "resetting"} {
		if strings.Contains(tag, mode) {
			env["MOCK_MODE"] = mode
		}
	}
	return env
}

var numericTag = regexp.MustCompile(`^v?(\d+)(\.\d+)*$`)

// mockVersion turns an image tag into the version the mock prints: 2.0 and
// 2.0-broken are v2, 2.1 is v2.1; a tag that is no version leaves the
// environment's.
func mockVersion(tag string) string {
	number, _, _ := strings.Cut(tag, "-")
	if !numericTag.MatchString(number) {
		return ""
	}
	return "v" + strings.TrimSuffix(strings.TrimPrefix(number, "v"), ".0")
}

// splitImage cuts registry/path/name:tag@digest into repository and tag.
func splitImage(image string) (repo, tag string) {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndex(image, ":"); i > strings.LastIndex(image, "/") {
		return image[:i], image[i+1:]
	}
	return image, "latest"
}
