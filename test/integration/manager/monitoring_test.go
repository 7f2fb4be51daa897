package manager

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/VictoriaMetrics/metricsql"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
)

// TestMonitoring holds the board and the alerts of manifests/monitoring against
// what a manager with work, and the API server beside it, really tell: every
// expression can be read, and every metric and label that it asks for exists.
func TestMonitoring(t *testing.T) {
	expressions := monitoring(t)
	s := newSite(t)
	s.install(t)
	require.Error(t, s.c.Create(t.Context(), newcomer("strict")), "the webhook is not reached yet")
	installation.Reach(t, s.c, s.manager.webhook)
	require.Eventually(t, func() bool { return s.c.Create(t.Context(), newcomer("strict")) == nil }, patience, 100*time.Millisecond)

	told := s.metrics(t)
	for where, expression := range expressions {
		parsed, err := metricsql.Parse(strings.ReplaceAll(expression, "$__rate_interval", "5m"))
		require.NoError(t, err, "%s: %s", where, expression)
		metricsql.VisitAll(parsed, func(e metricsql.Expr) {
			if m, ok := e.(*metricsql.MetricExpr); ok {
				requireTold(t, told, where, m)
			}
		})
	}
}

// monitoring are the expressions of manifests/monitoring by where they are.
func monitoring(t *testing.T) map[string]string {
	t.Helper()
	rendered, err := exec.Command(apiserver.Path(t, "bin", "kubectl"), "kustomize", apiserver.Path(t, "manifests", "monitoring")).Output()
	require.NoError(t, err)
	out := map[string]string{}
	for document := range strings.SplitSeq(string(rendered), "\n---\n") {
		var object struct {
			Kind string
			Data map[string]string
			Spec struct {
				Groups []struct {
					Rules []struct {
						Alert, Expr string
						Annotations map[string]string
					}
				}
			}
		}
		require.NoError(t, yaml.Unmarshal([]byte(document), &object))
		for _, group := range object.Spec.Groups {
			for _, rule := range group.Rules {
				out["alert "+rule.Alert] = rule.Expr
				assert.NotEmpty(t, rule.Annotations["description"], "alert %s says what to do", rule.Alert)
			}
		}
		for _, board := range object.Data {
			panels(t, board, out)
		}
	}
	assert.Greater(t, len(out), 20, "alerts and panels")
	return out
}

func panels(t *testing.T, board string, out map[string]string) {
	t.Helper()
	var b struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(board), &b))
	for _, panel := range b.Panels {
		for i, target := range panel.Targets {
			out[fmt.Sprintf("panel %s %d", panel.Title, i)] = target.Expr
		}
	}
}

// metrics are what the manager and the API server tell, by name.
func (s *site) metrics(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	ok, managers := s.manager.get(fmt.Sprintf("http://127.0.0.1:%d/metrics", s.manager.metrics))
	require.True(t, ok, managers)
	servers, err := s.kubectl(t, "get", "--raw", "/metrics")
	require.NoError(t, err, servers)
	out := map[string]*dto.MetricFamily{}
	for _, text := range []string{servers, managers} { // of those that both have, the manager's count
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(text))
		require.NoError(t, err)
		maps.Copy(out, families)
	}
	return out
}

// requireTold: the metric exists, with the labels that are asked for.
func requireTold(t *testing.T, told map[string]*dto.MetricFamily, where string, m *metricsql.MetricExpr) {
	t.Helper()
	for _, filters := range m.LabelFilterss {
		var name string
		for _, f := range filters {
			if f.Label == "__name__" {
				name = f.Value
				continue
			}
			if f.Label == "namespace" { // of the pod that was scraped
				continue
			}
			family := told[strings.TrimSuffix(name, "_bucket")]
			if assert.NotNil(t, family, "%s asks for %s", where, name) {
				assert.True(t, labelled(family, f.Label), "%s asks for label %s of %s", where, f.Label, name)
			}
		}
		assert.NotNil(t, told[strings.TrimSuffix(name, "_bucket")], "%s asks for %s", where, name)
	}
}

func labelled(family *dto.MetricFamily, label string) bool {
	for _, l := range family.Metric[0].Label {
		if l.GetName() == label {
			return true
		}
	}
	return false
}
