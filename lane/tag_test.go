package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

func TestHowTagsTravel(t *testing.T) {
	of := func(route, trace string, permissive bool) Tag {
		group := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{apiv1.AnnotationRestoreTags: "true"}}}
		group.Spec.IsPermissive = permissive
		group.Spec.PermissiveModeConfiguration = apiv1.PermissiveModeConfiguration{RouteHeader: route, TraceHeader: trace}
		return newTag(group)
	}
	assert.Equal(t, Tag{RouteHeader: "x-lane"}, of("X-Lane", "", true))
	assert.Equal(t, Tag{RouteHeader: "x-lane"}, of("X-Lane", "x-LANE", true))
	assert.Equal(t, Tag{RouteHeader: "x-lane", Baggage: true}, of("x-lane", "Baggage", true))
	assert.Equal(t, Tag{RouteHeader: "x-lane", Trace: "my-request-id"}, of("x-lane", "My-Request-ID", true))
	assert.Equal(t, Tag{RouteHeader: "x-lane"}, of("x-lane", "my-request-id", false), "nobody goes by tags inside")
	assert.Equal(t, Tag{}, of("", "baggage", false))
}

func TestWhereTagsAreRestored(t *testing.T) {
	g := chain()
	g.Services = append(g.Services, mocka)
	assert.Nil(t, IngressSnapshot{Group: g}.restoring())
	g.Trace = "my-request-id"
	assert.Equal(t, &Restoring{Namespaces: []string{"default"}}, IngressSnapshot{Group: g}.restoring())
	assert.Nil(t, IngressSnapshot{Group: g, Hold: &Problem{}}.restoring(), "traffic stays as it is")
	assert.Equal(t, &Restoring{Gone: true}, IngressSnapshot{Group: g, Withdrawing: true}.restoring())
	assert.NotNil(t, ComputeIngress(IngressSnapshot{Group: g}).Restoring, "also without a gateway")
}

func TestTagsAreRestoredOnRequest(t *testing.T) {
	group := &apiv1.ASMSwimLaneGroup{}
	group.Spec.IsPermissive = true
	group.Spec.PermissiveModeConfiguration = apiv1.PermissiveModeConfiguration{RouteHeader: "x-lane", TraceHeader: "my-request-id"}
	assert.Empty(t, newTag(group).Trace)
	assert.Equal(t, `tags are restored from header my-request-id on request only, by the annotation lanekeeper.io/restore-tags: "true"; without it the applications have to pass on header x-lane`, NotRestored(group))
	assert.Empty(t, IgnoredAnnotations(group))

	group.Annotations = map[string]string{apiv1.AnnotationRestoreTags: "yes"}
	assert.NotEmpty(t, NotRestored(group))
	assert.Equal(t, []string{`annotation lanekeeper.io/restore-tags has no effect: write "true" or "false"`}, IgnoredAnnotations(group))

	group.Annotations[apiv1.AnnotationRestoreTags] = "true"
	assert.Empty(t, NotRestored(group))
	assert.Empty(t, IgnoredAnnotations(group))

	group.Spec.PermissiveModeConfiguration.TraceHeader = "X-Lane"
	assert.Empty(t, NotRestored(group))
	assert.Len(t, IgnoredAnnotations(group), 1)
}
