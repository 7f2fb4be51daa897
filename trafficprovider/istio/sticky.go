package istio

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// Clients stay in their lane by a cookie (lane/sticky.go), which routes can only match and set. So
// each lane has a route for the buckets that it owns, and a client without a bucket is shared
// out among all of them, each a destination that sets its own in the answer.

const setCookieHeader = "set-cookie"

// staying are the routes of one by which clients stay: one for each lane's own, then the one
// for new clients, whose destinations are the buckets.
func staying(r resolvedRoute) []resolvedRoute {
	if r.Sticky == nil {
		return []resolvedRoute{r}
	}
	var out []resolvedRoute
	fresh := r
	fresh.Destinations, fresh.subsets = nil, nil
	for i, d := range r.Destinations {
		own := r
		own.Name += "/" + d.Lane
		own.Sticky, own.Destinations, own.subsets = nil, []lane.Destination{d}, []string{r.subsets[i]}
		var buckets []string
		for _, b := range r.Sticky.Buckets {
			if b.Lane == d.Lane {
				buckets = append(buckets, bucketName(b.Number))
			}
		}
		slices.Sort(buckets)
		own.Cookie = &lane.CookieMatch{Name: r.Sticky.Name, Match: lane.Match{Kind: lane.MatchRegex, Value: strings.Join(buckets, "|")}}
		out = append(out, own)
	}
	for _, b := range r.Sticky.Buckets {
		for i, d := range r.Destinations {
			if d.Lane == b.Lane {
				d.Weight = 1
				fresh.Destinations, fresh.subsets = append(fresh.Destinations, d), append(fresh.subsets, r.subsets[i])
			}
		}
	}
	return append(out, fresh)
}

func bucketName(b int) string { return fmt.Sprintf("%02d", b) }

// setBucket sets a client's bucket.
func setBucket(c lane.Cookie, b int) *networkingapi.Headers_HeaderOperations {
	value := c.Name + "=" + bucketName(b) + "; Path=/; HttpOnly"
	if c.MaxAge > 0 {
		value += "; Max-Age=" + strconv.Itoa(c.MaxAge)
	}
	return &networkingapi.Headers_HeaderOperations{Add: map[string]string{setCookieHeader: value}}
}

// readBuckets reads back who owns which bucket, by the tags that a route's destinations stamp: one
// that stamps none is the baseline's.
func readBuckets(r *networkingapi.HTTPRoute, baseline string) []lane.Bucket {
	var out []lane.Bucket
	for _, d := range r.Route {
		_, value, _ := strings.Cut(d.GetHeaders().GetResponse().GetAdd()[setCookieHeader], "=")
		bucket, _, _ := strings.Cut(value, ";")
		number, err := strconv.Atoi(bucket)
		if err != nil {
			continue
		}
		b := lane.Bucket{Number: number, Lane: baseline}
		for header, tag := range d.GetHeaders().GetRequest().GetSet() {
			if header != lane.BaggageHeader && !strings.HasPrefix(tag, "%") { // an id that the request brings is no tag
				b.Lane = tag
			}
		}
		out = append(out, b)
	}
	return out
}
