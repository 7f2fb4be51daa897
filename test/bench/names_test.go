package bench

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// chosen returns an error if benchmarks are asked for of which there is none: they would
// all pass.
func chosen(ctx context.Context) error {
	expression := flag.Lookup("test.bench").Value.String()
	if expression == "" {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	list, err := exec.CommandContext(ctx, self, "-test.list=^Benchmark").Output()
	if err != nil {
		return fmt.Errorf("listing the benchmarks: %w", err)
	}
	return chosenOf(strings.Fields(string(list)), expression)
}

func chosenOf(all []string, expression string) error {
	name, _, _ := strings.Cut(expression, "/") // what follows is of its parts
	re, err := regexp.Compile(name)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, re.MatchString) {
		return nil
	}
	var names []string
	for _, b := range all {
		names = append(names, strings.ToLower(strings.TrimPrefix(b, "Benchmark")))
	}
	return fmt.Errorf("no benchmark matches %s; there are (BENCH=): %s", expression, strings.Join(names, ", "))
}

func TestABenchmarkThatThereIsNotIsNamed(t *testing.T) {
	all := []string{"BenchmarkAdmission", "BenchmarkPodEvents"}
	require.NoError(t, chosenOf(all, "(?i)^Benchmarkpodevents$"))
	require.NoError(t, chosenOf(all, "(?i)^Benchmark.*$"))
	require.ErrorContains(t, chosenOf(all, "(?i)^Benchmarknosuch$"), "there are (BENCH=): admission, podevents")
	require.Error(t, chosenOf(all, "("))
}
