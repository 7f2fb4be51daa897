package crd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	lanev1 "lanekeeper.io/api/v1"
	lanes "lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/status"
)

// What is said of the largest group must not keep its status from being written: the API server
// that refuses it once refuses it for ever.
func TestTheLargestStatusIsWritten(t *testing.T) {
	for name, tc := range map[string]struct {
		services int
		service  string
		noted    bool // whether the API server keeps its notes of who set which field
	}{
		"large": {4000, "service-%04d", true}, "largest": {5000, "service-%04d", false}, "long": {5000, "s%062d", false},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			group := &lanev1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: name + "-status"}}
			member := &lanev1.ASMSwimLane{ObjectMeta: metav1.ObjectMeta{Name: name + "-canary"}, Spec: lanev1.ASMSwimLaneSpec{LabelSelector: map[string]string{"lane": name}}}
			members := status.Members{
				Group:    lanes.Group{Name: group.Name, Baseline: "base", Lanes: []lanes.Lane{{Name: "base"}, {Name: member.Name}}},
				Services: map[types.NamespacedName]status.Service{}}
			for i := range tc.services {
				key := types.NamespacedName{Namespace: "production", Name: fmt.Sprintf(tc.service, i)}
				group.Spec.Services = append(group.Spec.Services, lanev1.ServiceReference{Namespace: key.Namespace, Name: key.Name})
				members.Group.Services = append(members.Group.Services, key)
				members.Services[key] = status.Service{Problem: &lanes.Problem{Reason: lanev1.ReasonConflict, Message: strings.Repeat("\x01<", 5000)},
					Gray: []lanes.Member{{Lane: member.Name, Pods: 1, Ready: 1}}}
			}
			member.Spec.Services = group.Spec.Services
			create(t, c, group)
			create(t, c, member)
			group.Status = status.Group(group, members, status.Ingress{})
			require.NoError(t, c.Status().Update(t.Context(), group))
			member.Status = status.Lane{Object: member, InGroup: true, Members: members}.Status()
			require.NoError(t, c.Status().Update(t.Context(), member))
			if tc.noted {
				assert.NotEmpty(t, group.ManagedFields)
			}
		})
	}
}
