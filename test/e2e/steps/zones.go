package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// Zones is the story of a Service with pods in two zones (manifests/zones/apps.yaml), whose
// client is in the first: what it meets is the baseline's or its lane's in its own zone.
type Zones struct{}

// zonesMet is the versions of the Service that a look saw in requests, by stream.
type zonesMet map[string][]string

const (
	zonesNamespace = "zones" // and the group's name
	zonesApps      = "test/e2e/manifests/zones/apps.yaml"
	zonesLanes     = "test/e2e/manifests/zones/lanes.yaml"
	zonesSeen      = 40 // requests of each stream make a look
)

// ZonesStreams come from the client in the first zone.
var ZonesStreams = []load.Stream{
	{Name: "zones", Path: "/near", Rate: 20},
	{Name: "zones tagged", Path: "/near", Tag: "zones-gray", Rate: 20},
}

// Deploy brings the Service, and its group.
func (Zones) Deploy() scenario.Step {
	return scenario.Step{What: "a service in two zones, and a group over it", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "delete", "-f", zonesLanes, "-f", zonesApps, "--ignore-not-found", "--timeout=60s")
			return err
		})
		if _, err := p.Kubectl(ctx, "apply", "-f", zonesApps, "-f", zonesLanes); err != nil {
			return err
		}
		if err := p.AwaitDeployments(ctx, zonesNamespace); err != nil {
			return err
		}
		return scenario.Pass(ctx, 2*cluster.Settle) // the gateway learns of the route
	}}
}

// StaysOut waits until the row names the setting that keeps the Service from being taken
// over.
func (Zones) StaysOut(says string) scenario.Step {
	return scenario.Step{What: "it is not taken over: " + says, Do: func(ctx context.Context, p *scenario.Play) error {
		return awaitRows(ctx, p, zonesNamespace, map[string]row{"near": {lanev1.ReasonServiceUnsupported, says}})
	}}
}

// Change makes an edit, given as the arguments of kubectl, and lets every proxy learn of it.
func (Zones) Change(what string, kubectl ...string) scenario.Step {
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, append([]string{"-n", zonesNamespace}, kubectl...)...); err != nil {
			return err
		}
		return scenario.Pass(ctx, 2*cluster.Settle)
	}}
}

// TakenOver waits until the Service is in its lanes, and every proxy knows.
func (Zones) TakenOver() scenario.Step {
	return scenario.Step{What: "it is taken over", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := awaitRows(ctx, p, zonesNamespace, map[string]row{"near": {}}); err != nil {
			return err
		}
		return scenario.Pass(ctx, 2*cluster.Settle)
	}}
}

// Scale gives a version of the Service so many pods.
func (Zones) Scale(version string, pods int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("near %s has %d pods", version, pods), Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "-n", zonesNamespace, "scale", "deployment/near-"+version, fmt.Sprintf("--replicas=%d", pods)); err != nil {
			return err
		}
		if err := p.AwaitDeployment(ctx, zonesNamespace, "near-"+version); err != nil {
			return err
		}
		return scenario.Pass(ctx, 2*cluster.Settle)
	}}
}

// Meet looks at the next requests of both streams: they meet these versions, all of them and
// no other.
func (Zones) Meet(untagged, tagged []string) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("untagged requests meet %v, tagged ones %v", untagged, tagged), Do: func(ctx context.Context, p *scenario.Play) error {
		from, want := time.Now(), zonesMet{ZonesStreams[0].Name: untagged, ZonesStreams[1].Name: tagged}
		return cluster.Await(ctx, "requests of both streams", time.Minute, func(context.Context) (string, error) {
			met, seen := versionsSince(p.Records(), from)
			for _, stream := range ZonesStreams {
				if n := seen[stream.Name]; n < zonesSeen {
					return fmt.Sprintf("%s has sent %d of %d", stream.Name, n, zonesSeen), nil
				}
			}
			if !maps.EqualFunc(met, want, slices.Equal) {
				return "", fmt.Errorf("requests met %v, not %v", met, want)
			}
			return "", nil
		})
	}}
}

// versionsSince are the versions that requests sent since then met, sorted, and how many there were.
func versionsSince(records []load.Record, from time.Time) (zonesMet, map[string]int) {
	met, seen := zonesMet{}, map[string]int{}
	for _, r := range records {
		if !isZones(r) || r.Start.Before(from) {
			continue
		}
		seen[r.Stream]++
		version := r.Err
		if h, ok := r.Chain.Hop("near"); ok && r.Err == "" {
			version = h.Version
		}
		if !slices.Contains(met[r.Stream], version) {
			met[r.Stream] = append(met[r.Stream], version)
			slices.Sort(met[r.Stream])
		}
	}
	return met, seen
}

func isZones(r load.Record) bool {
	return r.Stream == ZonesStreams[0].Name || r.Stream == ZonesStreams[1].Name
}

// Check judges that none of the client's requests was lost once the gateway knew the way,
// and keeps those that the promises are for.
func (Zones) Check(p *scenario.Play, records []load.Record) []load.Record {
	since := servedSince(records)
	return slices.DeleteFunc(slices.Clone(records), func(r load.Record) bool {
		if !isZones(r) {
			return false
		}
		if first, ok := since[r.Stream]; ok && lostSince(first, r) {
			p.Lost(r)
		}
		return true
	})
}
