package rolloutwatch

import (
	"maps"
	"reflect"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// serviceRequest is one Service as one group's member: the unit of work.
type serviceRequest struct {
	Group   string
	Service types.NamespacedName
}

func (r serviceRequest) String() string { return r.Group + "/" + r.Service.String() }

// board holds the last row of every Service. The service controller writes it;
// the statuses of groups and lanes are rolled up from it. It is empty after a
// start, and what it has no row for has not been looked at yet.
type board struct {
	mutex sync.RWMutex
	rows  map[string]map[types.NamespacedName]row
	// entries are the reasons of the groups' conditions IngressProgrammed.
	entries map[string]string
	// changed hears of every Service whose row changed.
	changed []func(change)
}

func newBoard() *board {
	return &board{rows: map[string]map[types.NamespacedName]row{}, entries: map[string]string{}}
}

// onChange adds a listener, which must not block.
func (b *board) onChange(listener func(change)) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.changed = append(b.changed, listener)
}

// publish replaces a row and returns the one before it, which may be empty.
func (b *board) publish(key serviceRequest, next row) row {
	b.mutex.Lock()
	last, had := b.rows[key.Group][key.Service]
	if b.rows[key.Group] == nil {
		b.rows[key.Group] = map[types.NamespacedName]row{}
	}
	b.rows[key.Group][key.Service] = next
	listeners := b.changed
	b.mutex.Unlock()
	if !had || !reflect.DeepEqual(last, next) {
		tell(listeners, change{serviceRequest: key, before: last, after: next, first: !had})
	}
	return last
}

// fail says on a Service's row that a look at it failed.
func (b *board) fail(key serviceRequest) {
	b.mutex.RLock()
	last := b.rows[key.Group][key.Service]
	b.mutex.RUnlock()
	b.publish(key, failedRow(last))
}

// remove drops the row of a Service that left its group.
func (b *board) remove(key serviceRequest) {
	b.mutex.Lock()
	last, had := b.rows[key.Group][key.Service]
	delete(b.rows[key.Group], key.Service)
	if len(b.rows[key.Group]) == 0 {
		delete(b.rows, key.Group)
	}
	listeners := b.changed
	b.mutex.Unlock()
	if had {
		tell(listeners, change{serviceRequest: key, before: last, gone: true})
	}
}

// of returns a copy of a group's rows.
func (b *board) of(group string) map[types.NamespacedName]row {
	b.mutex.RLock()
	defer b.mutex.RUnlock()
	return maps.Clone(b.rows[group])
}

// each visits every row.
func (b *board) each(visit func(key serviceRequest, r row)) {
	b.mutex.RLock()
	defer b.mutex.RUnlock()
	for group, rows := range b.rows {
		for service, r := range rows {
			visit(serviceRequest{group, service}, r)
		}
	}
}

// publishEntry notes what became of a group's entry; nothing when the group is
// gone.
func (b *board) publishEntry(group, reason string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if reason == "" {
		delete(b.entries, group)
		return
	}
	b.entries[group] = reason
}

func (b *board) entryReasons() map[string]string {
	b.mutex.RLock()
	defer b.mutex.RUnlock()
	return maps.Clone(b.entries)
}

func tell(listeners []func(change), c change) {
	for _, l := range listeners {
		l(c)
	}
}
