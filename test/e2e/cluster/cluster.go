package cluster

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/go-logr/logr"
	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/stack"
)

// Cluster is a stack and what runs on it.
type Cluster struct {
	Stack  *stack.Stack
	Client client.Client
	Scheme *runtime.Scheme
	Root   string // of the repository
	// Run runs a command in the stack and returns what it printed. Tests run
	// it silently, the demo shows it.
	Run func(cmd *exec.Cmd) (string, error)
	// Timeline gets what a person does. It is replaced for every scenario.
	Timeline *timeline.Timeline
}

// New connects to a stack.
func New(s *stack.Stack) (*Cluster, error) {
	log.SetLogger(logr.Discard()) // the client library has nothing to tell a test
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, rolloutsv1beta1.AddToScheme, networkingv1.AddToScheme, lanev1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	config := s.RESTConfig()
	config.QPS = -1 // a limiter gives up before a deadline, and hides what was awaited
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	root, err := builder.FindRoot()
	if err != nil {
		return nil, err
	}
	return &Cluster{Stack: s, Client: c, Scheme: scheme, Root: root, Run: silently, Timeline: &timeline.Timeline{}}, nil
}

// Kubectl runs kubectl as the cluster's administrator, in the repository.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (string, error) {
	cmd := c.Stack.Command(ctx, "kubectl", args...)
	cmd.Dir = c.Root
	out, err := c.Run(cmd)
	if err != nil {
		return out, fmt.Errorf("kubectl %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

// Apply applies files, whoever has applied their objects before, and is not shown.
func (c *Cluster) Apply(ctx context.Context, args ...string) error {
	return c.apply(ctx, "", args...)
}

// ApplyText is Apply for objects.
func (c *Cluster) ApplyText(ctx context.Context, objects string, args ...string) error {
	return c.apply(ctx, objects, append([]string{"-f", "-"}, args...)...)
}

func (c *Cluster) apply(ctx context.Context, objects string, args ...string) error {
	cmd := c.Stack.Command(ctx, "kubectl", append([]string{"apply", "--server-side", "--force-conflicts"}, args...)...)
	cmd.Stdin = strings.NewReader(objects)
	if _, err := silently(cmd); err != nil {
		return fmt.Errorf("kubectl apply %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

func silently(cmd *exec.Cmd) (string, error) {
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return string(out), err
}

// pollEvery is how often a condition is looked at that no watch tells.
const pollEvery = 200 * time.Millisecond

// Pass lets a time pass.
func Pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Await looks until nothing is missing any more. The check says in words what
// still is.
func Await(ctx context.Context, what string, limit time.Duration, check func(context.Context) (missing string, err error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not within %s", limit))
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var missing string
	for {
		now, err := check(ctx)
		switch {
		case err == nil && now == "":
			return nil
		case err != nil && ctx.Err() == nil:
			missing = err.Error() // the API server may be busy or away
		case err == nil:
			missing = now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w; the last look said: %s", what, context.Cause(ctx), missing)
		}
	}
}
