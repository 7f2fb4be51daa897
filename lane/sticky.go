package lane

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Clients stay in their lane by a cookie that the first answer sets. It does not name a lane:
// it holds one of a hundred buckets, and lanes own buckets, as many as their weights say. When
// a weight is raised the lane gets some of those whose weights fell, and whoever has one of the
// others stays where he is: from 10 to 20 % nobody leaves the lane, and a tenth of all clients
// comes into it. Two weights are edited one after the other, and between the edits all shares are
// others; so lanes give up first what they got last. Who owns what, and since when, is read back
// from the routes, so it outlives everything but them.

// Buckets is how many there are: a lane's share is a whole percentage of the clients.
const Buckets = 100

// Cookie is the one that holds a client's bucket.
type Cookie struct {
	Name string
	// MaxAge is in seconds; 0 for as long as the browser lives.
	MaxAge int
}

// Sticky is how clients stay with a route's destinations.
type Sticky struct {
	Cookie
	// Buckets are all of them, those first that their lanes have had for longest.
	Buckets []Bucket
}

// Bucket is one and the lane that owns it.
type Bucket struct {
	Number int
	Lane   string
}

// cookieName is what may be in a name without meaning anything to a proxy.
var cookieName = regexp.MustCompile(`^[-_.0-9A-Za-z]{1,64}$`)

// maxSticky is how many alternatives a rule may have by whose requests clients stay: each takes a
// hundred destinations, several times over, and an object has 1.5 MiB.
const maxSticky = 4

// newCookie parses the annotation, or says why it has no effect; nil and nothing without one.
func newCookie(group *apiv1.ASMSwimLaneGroup) (cookie *Cookie, ignored string) {
	value, ok := group.Annotations[apiv1.AnnotationStickyCookie]
	routing := group.Spec.Ingress.IngressRouting
	alternatives := len(routing.WeightedRoutingRule.RequestMatches)
	switch {
	case !ok:
		return nil, ""
	case routing.IngressRoutingStrategy != apiv1.StrategyWeighted:
		return nil, "only the strategy weighted leaves a lane to chance"
	case group.Spec.PermissiveModeConfiguration.RouteHeader == "": // by which it is read back whose a bucket is
		return nil, "it needs a routeHeader, which a strict group may have, too"
	case alternatives > maxSticky:
		return nil, fmt.Sprintf("weightedRoutingRule has %d requestMatches, and clients stay in their lane with up to %d", alternatives, maxSticky)
	}
	const wrong = "write NAME or NAME; Max-Age=SECONDS, with a name of letters, digits, -, _ and ., and an age of 1 to 2147483647"
	name, attribute, more := strings.Cut(value, ";")
	cookie = &Cookie{Name: strings.TrimSpace(name)}
	if !cookieName.MatchString(cookie.Name) {
		return nil, wrong
	}
	if !more {
		return cookie, ""
	}
	key, age, _ := strings.Cut(strings.TrimSpace(attribute), "=")
	n, err := strconv.ParseInt(age, 10, 32)
	if err != nil || n <= 0 || !strings.EqualFold(key, "Max-Age") {
		return nil, wrong
	}
	cookie.MaxAge = int(n)
	return cookie, ""
}

// sticky lets clients stay with a route's destinations. was are the buckets until now. A route
// that asks for a cookie itself cannot: the header would have to be matched by two expressions.
func (p IngressPlan) sticky(r IngressRoute, was []Bucket) *Sticky {
	_, asks := r.Headers["cookie"]
	if p.cookie == nil || r.Lane != "" || r.Cookie != nil || asks {
		return nil
	}
	return &Sticky{Cookie: *p.cookie, Buckets: shareOut(r.Destinations, was)}
}

// shareOut gives every bucket an owner: lanes keep what they had first, as far as their weights go.
func shareOut(destinations []Destination, was []Bucket) []Bucket {
	left := quotas(destinations)
	var out []Bucket
	var free []int
	seen := map[int]bool{}
	for _, b := range was {
		switch {
		case b.Number < 0 || b.Number >= Buckets || seen[b.Number]: // somebody's edit
			continue
		case left[b.Lane] > 0:
			out = append(out, b)
			left[b.Lane]--
		default:
			free = append(free, b.Number)
		}
		seen[b.Number] = true
	}
	for n := range Buckets {
		if !seen[n] {
			free = append(free, n)
		}
	}
	for _, n := range free {
		i := slices.IndexFunc(destinations, func(d Destination) bool { return left[d.Lane] > 0 })
		out = append(out, Bucket{n, destinations[i].Lane})
		left[destinations[i].Lane]--
	}
	return out
}

// quotas are how many buckets each lane owns, by the largest remainders, and at least one.
func quotas(destinations []Destination) map[string]int {
	sum := 0
	for _, d := range destinations {
		sum += int(d.Weight)
	}
	out := map[string]int{}
	if sum == 0 { // all of it is one lane's
		out[destinations[0].Lane] = Buckets
		return out
	}
	given := 0
	for _, d := range destinations {
		out[d.Lane] = max(1, int(d.Weight)*Buckets/sum)
		given += out[d.Lane]
	}
	byRemainder := slices.SortedStableFunc(slices.Values(destinations), func(a, b Destination) int {
		return int(b.Weight)*Buckets%sum - int(a.Weight)*Buckets%sum
	})
	for i := 0; given < Buckets; i, given = i+1, given+1 {
		out[byRemainder[i].Lane]++
	}
	for ; given > Buckets; given-- {
		largest := slices.MaxFunc(destinations, func(a, b Destination) int { return out[a.Lane] - out[b.Lane] })
		out[largest.Lane]--
	}
	return out
}
