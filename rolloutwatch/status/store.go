package status

import (
	"maps"
	"reflect"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// Store holds the last state of every Service and of every group's ingress. The
// controllers that reconcile these publish them; statuses and metrics are rolled up from
// it. It is empty after a start, and what is not in it has not been reconciled yet. It is
// safe for concurrent use.
type Store struct {
	mutex    sync.RWMutex
	services map[string]map[types.NamespacedName]Service
	// ingresses are the groups' ingresses.
	ingresses map[string]IngressState
	// routes are those that the groups' ingresses had when they were seen last.
	routes map[string]map[string]lane.LiveRoute
	// listeners are called for every Service whose state changed.
	listeners []func(Change)
	// laneListeners are called for every lane of whose rules others are left out.
	laneListeners []func(laneName string)
}

// IngressState is what became of a group's ingress.
type IngressState struct {
	// Reason is that of the group's condition IngressProgrammed.
	Reason string
	// LeftOut are the rules that are left out.
	LeftOut []lane.LeftOut
}

// NewStore returns an empty Store.
func NewStore() *Store {
	return &Store{services: map[string]map[types.NamespacedName]Service{}, ingresses: map[string]IngressState{}, routes: map[string]map[string]lane.LiveRoute{}}
}

// OnChange adds a listener, which is called for every Service that changes and must not
// block.
func (s *Store) OnChange(listener func(Change)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.listeners = append(s.listeners, listener)
}

// Publish replaces the state of a Service and returns the one before it, which may be
// the zero value.
func (s *Store) Publish(key lane.GroupService, next Service) Service {
	s.mutex.Lock()
	last, had := s.services[key.Group][key.Service]
	if s.services[key.Group] == nil {
		s.services[key.Group] = map[types.NamespacedName]Service{}
	}
	s.services[key.Group][key.Service] = next
	listeners := s.listeners
	s.mutex.Unlock()
	if !had || !reflect.DeepEqual(last, next) {
		notify(listeners, Change{GroupService: key, before: last, after: next, first: !had})
	}
	return last
}

// Fail publishes that a Service could not be reconciled.
func (s *Store) Fail(key lane.GroupService) {
	s.mutex.RLock()
	last := s.services[key.Group][key.Service]
	s.mutex.RUnlock()
	s.Publish(key, last.failed())
}

// Remove removes a Service that left its group.
func (s *Store) Remove(key lane.GroupService) {
	s.mutex.Lock()
	last, had := s.services[key.Group][key.Service]
	delete(s.services[key.Group], key.Service)
	if len(s.services[key.Group]) == 0 {
		delete(s.services, key.Group)
	}
	listeners := s.listeners
	s.mutex.Unlock()
	if had {
		notify(listeners, Change{GroupService: key, before: last, gone: true})
	}
}

// Of returns the states of a group's Services, as a copy.
func (s *Store) Of(group string) map[types.NamespacedName]Service {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return maps.Clone(s.services[group])
}

// each visits the state of every Service.
func (s *Store) each(visit func(key lane.GroupService, state Service)) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	for group, services := range s.services {
		for service, state := range services {
			visit(lane.GroupService{Group: group, Service: service}, state)
		}
	}
}

// PublishIngress stores what became of a group's ingress.
func (s *Store) PublishIngress(group string, next IngressState) {
	s.mutex.Lock()
	last := s.ingresses[group]
	s.ingresses[group] = next
	listeners := s.laneListeners
	s.mutex.Unlock()
	for _, name := range changedLanes(last.LeftOut, next.LeftOut) {
		for _, l := range listeners {
			l(name)
		}
	}
}

// RemoveIngress removes the ingress of a group that is gone.
func (s *Store) RemoveIngress(group string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.ingresses, group)
	delete(s.routes, group)
}

// Routes returns the routes of a group's ingress, or, where somebody deleted them, those that
// were seen last: what a rule without a port means is nowhere else.
func (s *Store) Routes(group string, live map[string]lane.LiveRoute) map[string]lane.LiveRoute {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(live) > 0 {
		s.routes[group] = live
	}
	return s.routes[group]
}

// ForgetRoutes is for an ingress that was withdrawn.
func (s *Store) ForgetRoutes(group string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.routes, group)
}

// OnLeftOut adds a listener, which is called for every lane whose ingress rules that are
// left out have changed, and must not block.
func (s *Store) OnLeftOut(listener func(laneName string)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.laneListeners = append(s.laneListeners, listener)
}

// LeftOut returns the ingress rules of a group that are left out.
func (s *Store) LeftOut(group string) []lane.LeftOut {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return s.ingresses[group].LeftOut
}

func (s *Store) ingressReasons() map[string]string {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	out := make(map[string]string, len(s.ingresses))
	for group, in := range s.ingresses {
		out[group] = in.Reason
	}
	return out
}

// changedLanes are the lanes of the rules that are in one list only, sorted.
func changedLanes(a, b []lane.LeftOut) []string {
	var out []string
	for _, pair := range [][2][]lane.LeftOut{{a, b}, {b, a}} {
		for _, o := range pair[0] {
			if !slices.Contains(pair[1], o) {
				out = append(out, o.Lane)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func notify(listeners []func(Change), c Change) {
	for _, l := range listeners {
		l(c)
	}
}
