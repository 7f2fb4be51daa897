// Command demo plays a whole story on a fresh stack, for a person to watch, while
// requests flow: three services, a lane, publish, approve and undo with the ordinary
// tools; or, with -story=baggage-lanes, three lanes that share the requests out by
// weight, of Java applications with nothing but an agent. It ends with a table of what
// became of the requests, and fails when a promise was broken.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/stack"
)

// limit of the whole demonstration, which takes a fifth of it on two cores that
// have nothing else to do.
const limit = 20 * time.Minute

func main() {
	keep := flag.Bool("keep", false, "leave the stack up afterwards")
	name := flag.String("name", "demo", "name of the stack")
	story := flag.String("story", "full-chain", "full-chain or baggage-lanes")
	flag.Parse()
	if err := demonstrate(*name, *story, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// stories are told on a cluster that is ready.
var stories = map[string]func(context.Context, *cluster.Cluster) error{"full-chain": tell, "baggage-lanes": tellBaggage}

func demonstrate(name, story string, keep bool) (err error) {
	tell, ok := stories[story]
	if !ok {
		return fmt.Errorf("there is no story %q: there are full-chain and baggage-lanes", story)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the demonstration took longer than %s", limit))
	defer cancel()
	begun := time.Now()
	heading("Starting a stack: etcd, Kubernetes, Kruise Rollout, istiod, an ingress gateway and a node")
	s, err := stack.Start(ctx, stack.Options{Name: name, Log: os.Stdout, Detach: keep})
	if err != nil {
		return err
	}
	if keep {
		defer howToUse(s, story)
	} else {
		defer func() { err = errors.Join(err, s.Stop()) }()
	}
	c, err := cluster.New(s)
	if err != nil {
		return err
	}
	c.Run = shown
	if err := tell(ctx, c); err != nil {
		return err
	}
	fmt.Printf("\nThe story took %s.\n", time.Since(begun).Round(time.Second))
	if !keep {
		fmt.Println("Its stack ends now; with KEEP=1 `make demo` leaves it up.")
	}
	return nil
}

func howToUse(s *stack.Stack, story string) {
	gateway, err := s.GatewayURL(context.Background())
	if err != nil {
		gateway = "http://GATEWAY:8080"
	}
	n := s.Name()
	if story == "baggage-lanes" {
		fmt.Printf(`
The stack %[1]q stays up:

  bin/stack exec -name %[1]s -- kubectl get asmswimlane
  bin/stack exec -name %[1]s -- kubectl edit asmswimlane s2     # its ingressWeight
  bin/stack exec -name %[1]s -- curl %[2]s/
  bin/stack down -name %[1]s
`, n, gateway)
		return
	}
	fmt.Printf(`
The stack %[1]q stays up:

  bin/stack exec -name %[1]s -- kubectl get asmswimlane
  bin/stack exec -name %[1]s -- kubectl set image deployment/mockb-v1 default=%[2]s:9.0
  bin/stack exec -name %[1]s -- curl -H 'x-asm-prefer-tag: canary' %[3]s/mock
  bin/stack exec -name %[1]s -- kubectl kruise rollout approve rollout/rollouts-mockb
  bin/stack exec -name %[1]s -- kubectl kruise rollout undo rollout/rollouts-mockb
  bin/stack logs -name %[1]s
  bin/stack down -name %[1]s
`, n, cluster.Image, gateway)
}
