package proof

import (
	"context"
	"fmt"
	"os"
	"testing"

	"lanekeeper.io/test/stack"
)

// holderVariable makes this test binary start the stack it names and hold it,
// instead of running tests: a parent that can be killed.
const holderVariable = "LANEKEEPER_PROOF_HOLDS"

func TestMain(m *testing.M) {
	name := os.Getenv(holderVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	if _, err := stack.Start(context.Background(), stack.Options{Name: name}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("up")
	select {}
}
