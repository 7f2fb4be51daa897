package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/stack"
)

// TestMistakesInACommandAreNamed: before anything is done. The stack's name and the
// folder without parts see to it that nothing would be.
func TestMistakesInACommandAreNamed(t *testing.T) {
	nothing := t.TempDir()
	const word = "a stack is named by -name NAME"
	for name, tt := range map[string]struct {
		args  []string
		wrong string
	}{
		"up NAME":                  {[]string{"up", "-bin", nothing, "-name", "nobodys", "mine"}, word},
		"down NAME":                {[]string{"down", "-name", "nobodys", "mine"}, word},
		"flags behind a word":      {[]string{"down", "-name=nobodys", "mine", "-name", "bag"}, `does not know what to do with "mine"`},
		"status NAME":              {[]string{"status", "-name", "nobodys", "mine"}, word},
		"logs, name of the stack":  {[]string{"logs", "-name", "nobodys", "etcd", "-name", "bag"}, word},
		"stop, name of the stack":  {[]string{"stop", "-name", "nobodys", "etcd", "-name", "bag"}, word},
		"signal without a signal":  {[]string{"signal", "-name", "nobodys", "etcd"}, "takes 2 argument(s)"},
		"parts that are not built": {[]string{"check", "etcd"}, "with -build only"},
		"no such part":             {[]string{"build", "etcd", "-root", "/"}, `there is no part "-root"`},
		"an empty name, up":        {[]string{"up", "-bin", nothing, "-name", ""}, `a stack cannot be named ""`},
		"an empty name, status":    {[]string{"status", "-name="}, `a stack cannot be named ""`},
		"two names in one":         {[]string{"up", "-bin", nothing, "-name=a b"}, `a stack cannot be named "a b"`},
		"a name that is a path":    {[]string{"logs", "-name", "../x"}, `a stack cannot be named "../x"`},
		"no number":                {[]string{"check", "-stacks="}, "invalid value \"\" for flag -stacks: parse error; `bin/stack check -h` lists the flags"},
		"no stack to check for":    {[]string{"check", "-stacks=0"}, "at least one is needed"},
		"no such command":          {[]string{"dwon"}, `there is no command "dwon"`},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorContains(t, run(t.Context(), tt.args), tt.wrong) })
	}
}

func TestFlagsAndWordsAreRead(t *testing.T) {
	flags, name := named("logs")
	require.NoError(t, parseAll(flags, nil, 1))
	assert.Equal(t, stack.DefaultName, *name)

	flags, name = named("logs")
	require.NoError(t, parseAll(flags, []string{"-name", "mine", "etcd"}, 1))
	assert.Equal(t, []any{"mine", []string{"etcd"}}, []any{*name, flags.Args()})
}

// TestWhatNextIsForTheRoot of the repository, where make is run.
func TestWhatNextIsForTheRoot(t *testing.T) {
	assert.Equal(t, `  bin/stack exec -- kubectl get pods -A
  bin/stack exec -- curl http://10.0.0.1:80/
  bin/stack status
  bin/stack down
`, whatNext(stack.DefaultName, "http://10.0.0.1:80"))
	assert.Contains(t, whatNext("mine", "http://10.0.0.1:80"), "\n  bin/stack down -name mine\n")
}
