package status

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

// etcdLimit is what etcd takes of one request, unless it is told otherwise.
const etcdLimit = 3 << 19

// crowd are the Services of the largest group that there may be, each of them with a problem.
func crowd(service func(i int) string, message string) (*apiv1.ASMSwimLaneGroup, Members) {
	group := fixture.Group()
	group.Spec.Services = nil
	m := Members{Group: lane.Group{Name: group.Name, Baseline: "base", Lanes: []lane.Lane{{Name: "base"}, {Name: "canary"}}},
		Services: map[types.NamespacedName]Service{}}
	for i := range 5000 {
		key := types.NamespacedName{Namespace: service(i), Name: service(i)}
		group.Spec.Services = append(group.Spec.Services, apiv1.ServiceReference{Namespace: key.Namespace, Name: key.Name})
		m.Group.Services = append(m.Group.Services, key)
		m.Services[key] = Service{State: lane.StateManaged, Complete: true, Problem: &lane.Problem{Reason: apiv1.ReasonConflict, Message: message},
			Baseline: lane.Member{Lane: "base", Pods: 1, Ready: 1}, Gray: []lane.Member{{Lane: "canary", Pods: 1, Ready: 1}}}
	}
	return group, m
}

func short(i int) string { return fmt.Sprintf("service-%04d", i) }
func long(i int) string  { return fmt.Sprintf("s%062d", i) }

// What etcd refuses once it refuses for ever.
func TestEveryStatusFitsIntoEtcd(t *testing.T) {
	for name, tc := range map[string]struct {
		service func(int) string
		message string
		rows    bool // whether every Service has its row
	}{
		"short names and messages": {short, "no", true},
		"short names":              {short, strings.Repeat("waits for its baseline ", 30), true},
		"what JSON writes longer":  {short, strings.Repeat("\x01<", 250_000), true},
		"long names":               {long, strings.Repeat("x", 1000), false},
	} {
		t.Run(name, func(t *testing.T) {
			group, members := crowd(tc.service, tc.message)
			group.Status = Group(group, members, Ingress{})
			fits(t, group)
			assert.Equal(t, "0/5000", group.Status.ServicesReady)
			assert.Equal(t, tc.rows, len(group.Status.Services) == 5000)
			group.ResourceVersion = strings.Repeat("1", 1000)
			assert.Equal(t, group.Status, Group(group, members, Ingress{}), "it is written once")

			l := fixture.Lane("canary")
			l.Spec.Services = group.Spec.Services
			view := Lane{Object: l, InGroup: true, Members: members}
			l.Status = view.Status()
			fits(t, l)
			assert.Equal(t, l.Status, view.Status())
			l.Status = view.DeletingStatus(nil)
			fits(t, l)
		})
	}
}

func fits(t *testing.T, object any) {
	t.Helper()
	data, err := json.Marshal(object)
	require.NoError(t, err)
	assert.Less(t, len(data), etcdLimit)
}

func TestRowsSayWhatThereIsNoRoomFor(t *testing.T) {
	const size = 42
	row := apiv1.LaneServiceStatus{Namespace: "n", Name: "s", Reason: "r"}
	row.Message = strings.Repeat("x", maxMessages/size-2) // in quotes
	rows := func() (out []apiv1.LaneServiceStatus) {
		for range size + 3 {
			out = append(out, row)
		}
		return out
	}
	message := func(r *apiv1.LaneServiceStatus) *string { return &r.Message }
	got := fitRows(rows(), maxObject, message)
	require.Len(t, got, size+3)
	assert.Equal(t, row, got[size-1])
	assert.Equal(t, noMessages, got[size].Message)
	assert.Empty(t, got[size+1].Message)
	assert.Equal(t, "r", got[size+1].Reason, "one word there is room for")

	got = fitRows(rows(), 10*sizeOf(row)+10, message)
	require.Len(t, got, 10)
	assert.Equal(t, row, got[8])
	assert.Equal(t, "the object has no room for 35 more rows, nor for this one's message", got[9].Message)
	assert.Empty(t, fitRows(rows(), 0, message))
}

// A row is one of thousands, and what is in it may be somebody else's.
func TestRowsAreShort(t *testing.T) {
	long := Service{State: lane.StateManaged, Problem: &lane.Problem{Reason: "x", Message: strings.Repeat("y", 250_000)}}
	key := lane.GroupService{Group: "rollout", Service: fixture.Mockb}
	assert.LessOrEqual(t, len(long.inGroup(key).Message), rowLimit)
	assert.LessOrEqual(t, len(long.inLane(key, lane.Member{}).Message), rowLimit)
	long.State = lane.StateFrozen
	assert.LessOrEqual(t, len(long.inGroup(key).Message), rowLimit)
	assert.LessOrEqual(t, len(long.inLane(key, lane.Member{}).Message), rowLimit)
}

func TestALanesOneLineIsShort(t *testing.T) {
	rows := make([]apiv1.LaneServiceStatus, 101)
	assert.NotContains(t, summary(rows[1:]), "more")
	assert.True(t, strings.HasSuffix(summary(rows), ".(0/0) and 1 more"))
}
