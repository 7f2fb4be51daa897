package istio

import (
	"context"
	"fmt"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
)

// indexEntry finds our entries among all VirtualServices of a cache. There is
// one per group, and every look at a Service asks for them.
const indexEntry = "lanekeeper.entry"

// indexed is a client whose cache has the index.
type indexed struct{ client.Client }

// IndexEntries adds an index to the cache that a client reads, and returns the
// client that uses it. Where the API server does not know Istio, the client
// stays as it is.
func IndexEntries(ctx context.Context, indexer client.FieldIndexer, c client.Client) (client.Client, error) {
	err := indexer.IndexField(ctx, &networkingv1.VirtualService{}, indexEntry, func(o client.Object) []string {
		if isEntry(o) {
			return []string{apiv1.ManagedBy}
		}
		return nil
	})
	switch {
	case meta.IsNoMatchError(err):
		return c, nil
	case err != nil:
		return nil, fmt.Errorf("indexing VirtualServices: %w", err)
	}
	return indexed{c}, nil
}

func isEntry(o client.Object) bool {
	labels := o.GetLabels()
	return labels[apiv1.LabelManagedBy] == apiv1.ManagedBy && labels[apiv1.LabelEntry] == "true"
}

// entriesIn are the options that find the entries in a reader.
func entriesIn(r client.Reader) []client.ListOption {
	marks := client.MatchingLabels{apiv1.LabelManagedBy: apiv1.ManagedBy, apiv1.LabelEntry: "true"}
	if _, ok := r.(indexed); ok {
		return []client.ListOption{client.MatchingFields{indexEntry: apiv1.ManagedBy}, marks}
	}
	return []client.ListOption{marks}
}
