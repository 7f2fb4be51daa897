package istio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

func TestWhatIsWrittenAroundAnOutageIsHeardLater(t *testing.T) {
	const settle = 10 * time.Second
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	for name, tc := range map[string]struct {
		lasted   float64
		deadline time.Time
		want     time.Time
	}{
		"long before":                 {5, at(-1), at(-1)},
		"written shortly before":      {5, at(3), at(5 + 2*5.8 + 10)},
		"written when it was over":    {5, at(16), at(5 + 2*5.8 + 10)},
		"written when all have heard": {5, at(27), at(27)},
		"a blip":                      {0, at(10), at(1.6 + 10)},
		"a long one":                  {300, at(311), at(300 + 60 + 10)},
	} {
		t.Run(name, func(t *testing.T) {
			o := &outage{}
			o.note(began, at(tc.lasted))
			assert.Equal(t, tc.want, o.span().heard(tc.deadline, settle))
		})
	}
	assert.Equal(t, at(1), (&outage{}).span().heard(at(1), settle), "none")
}

// A call that fails once does not shorten what a longer outage began, nor prolong it.
func TestOutagesOneAfterTheOther(t *testing.T) {
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return first.Add(time.Duration(seconds) * time.Second) }
	o := &outage{}
	o.note(first, at(60))
	assert.Equal(t, span{first, at(120)}, o.span())
	o.note(at(90), at(90))
	assert.Equal(t, span{first, at(120)}, o.span())
	o.note(at(200), at(200))
	assert.Equal(t, span{at(200), at(200).Add(2 * backOffFirst)}, o.span())
}

// Subsets and markers of a rule that was written after an outage wait for it.
func TestAnOutageProlongsEveryWait(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	service := types.NamespacedName{Namespace: "shop", Name: "front"}
	name := ruleName("rollout", service)
	rule := &networkingv1.DestinationRule{}
	rule.Namespace, rule.Name, rule.Labels = name.Namespace, name.Name, serviceLabels("rollout", service)
	rule.Annotations = map[string]string{
		apiv1.AnnotationNamedAfter + "canary":  stamp(now.Add(10 * time.Second)),
		apiv1.AnnotationListedAfter + "canary": stamp(now.Add(10 * time.Second)),
	}
	p := New(10 * time.Second)
	scheme := fixture.Scheme(t)
	require.NoError(t, p.AddToScheme(scheme))
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(rule).Build()
	waits := func(at time.Time) (named, listed bool) {
		found, err := p.Live(t.Context(), c, "rollout", service)
		require.NoError(t, err)
		isolation, err := p.Isolation(t.Context(), c, "rollout", service)
		require.NoError(t, err)
		assert.Equal(t, found.Isolates("canary", at), isolation.Isolates("canary", at.Add(10*time.Second)))
		return found.(*live).deadline(apiv1.AnnotationNamedAfter+"canary", at).After(at), !found.Isolates("canary", at)
	}
	named, listed := waits(now.Add(10 * time.Second))
	assert.False(t, named || listed)
	p.Unreachable(now.Add(-time.Minute), now)
	named, listed = waits(now.Add(69 * time.Second))
	assert.True(t, named && listed)
	named, listed = waits(now.Add(70 * time.Second))
	assert.False(t, named || listed)
}
