package main

import (
	"bytes"
	"flag"
	"io"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/trafficprovider/istio"
)

func TestDefaults(t *testing.T) {
	t.Setenv("POD_NAMESPACE", "")

	o, err := parseOptions(nil, istio.New(istio.DefaultSettle), io.Discard)

	require.NoError(t, err)
	assert.Equal(t, 10*time.Second, o.Provider.Settle())
	assert.True(t, o.LeaderElect)
	assert.Equal(t, "lanekeeper-system", o.Namespace)
	assert.Equal(t, "lanekeeper-system", o.LeaderElectionNamespace)
	assert.Equal(t, certSelf, o.CertManagement)
}

func TestNamespaceOfThePod(t *testing.T) {
	t.Setenv("POD_NAMESPACE", "lanes")

	o, err := parseOptions([]string{"--leader-elect-namespace=leases"}, istio.New(istio.DefaultSettle), io.Discard)

	require.NoError(t, err)
	assert.Equal(t, "lanes", o.Namespace)
	assert.Equal(t, "leases", o.LeaderElectionNamespace)
	assert.Equal(t, "lanes", o.rotation().Secret.Namespace)
}

func TestMistakesSayWhatIsPossible(t *testing.T) {
	cases := map[string]struct {
		flag string
		want string
	}{
		"no settle":               {"--settle=0s", "--settle must be more than 0"},
		"unknown cert management": {"--cert-management=none", `--cert-management must be self or external, not "none"`},
		"unknown level":           {"--log-level=loud", `--log-level must be debug, info, warn or error, not "loud"`},
		"unknown format":          {"--log-format=xml", `--log-format must be json or text, not "xml"`},
		"a lease too short":       {"--leader-elect-lease-duration=5s", "must be more than --leader-elect-renew-deadline (10s)"},
		"an argument":             {"now", "lanekeeper takes flags only"},
		"unknown flag":            {"--nonsense", "flag provided but not defined: -nonsense"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var output bytes.Buffer

			_, err := parseOptions([]string{tc.flag}, istio.New(istio.DefaultSettle), &output)

			require.ErrorContains(t, err, tc.want)
			assert.Contains(t, output.String(), tc.want)
		})
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	var output bytes.Buffer

	_, err := parseOptions([]string{"--help"}, istio.New(istio.DefaultSettle), &output)

	require.ErrorIs(t, err, flag.ErrHelp)
	var fs flag.FlagSet
	(&Options{Provider: istio.New(istio.DefaultSettle)}).register(&fs)
	fs.VisitAll(func(f *flag.Flag) {
		assert.Contains(t, output.String(), "-"+f.Name)
		assert.NotEmpty(t, f.Usage, f.Name)
	})
}

func TestLogLinesAreStructured(t *testing.T) {
	var output bytes.Buffer
	logger, err := newLogger(&output, "info", "json")
	require.NoError(t, err)
	log := logr.FromSlogHandler(logger.Handler())

	log.V(1).Info("detail")
	log.Info("lane joined", "lane", "canary")

	assert.NotContains(t, output.String(), "detail")
	assert.Contains(t, output.String(), `"msg":"lane joined","lane":"canary"`)
}
