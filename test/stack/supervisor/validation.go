package supervisor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// refusedByIstiod is how the API server begins what istiod says about an object:
// its own check of the schema, which comes first, does not.
const refusedByIstiod = `admission webhook "validation.istio.io" denied the request`

// invalid is taken by the schema: only istiod knows that nothing weighs nothing.
const invalid = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: trial, namespace: default}
spec:
  hosts: [trial]
  http:
  - route:
    - {destination: {host: trial}, weight: 0}
    - {destination: {host: trial}, weight: 0}
`

// awaitValidation returns when istiod refuses what is invalid, and an object that
// istiod cannot be asked about is refused, too: istiod arms its webhooks a moment
// after it is ready, and until then everything is taken.
func (s *Supervisor) awaitValidation(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	err := await(ctx, func(ctx context.Context) error {
		if err := s.invalidIsRefused(ctx); err != nil {
			return err
		}
		return s.validationFailsClosed(ctx)
	})
	if err != nil {
		return fmt.Errorf("istiod's validation does not work: %w; look for validationController in %s, "+
			"where istiod arms its webhooks, and for validation.istio.io in %s, which calls them",
			err, filepath.Base(s.dir.Log("istiod")), filepath.Base(s.dir.Log("kube-apiserver")))
	}
	return nil
}

func (s *Supervisor) invalidIsRefused(ctx context.Context) error {
	trial, err := decode(strings.NewReader(invalid))
	if err != nil {
		return permanent{err}
	}
	err = s.client.Create(ctx, trial[0], client.DryRunAll)
	switch {
	case err == nil:
		return errors.New("an invalid VirtualService is taken")
	case !strings.Contains(err.Error(), refusedByIstiod):
		return fmt.Errorf("an invalid VirtualService is refused, but not by istiod: %w", err)
	}
	return nil
}

func (s *Supervisor) validationFailsClosed(ctx context.Context) error {
	var configs admissionv1.ValidatingWebhookConfigurationList
	if err := s.client.List(ctx, &configs, client.MatchingLabels{"app": "istiod"}); err != nil {
		return err
	}
	for _, c := range configs.Items {
		for _, w := range c.Webhooks {
			if *w.FailurePolicy != admissionv1.Fail {
				return fmt.Errorf("istiod has not set the failurePolicy of %s to Fail", w.Name)
			}
		}
	}
	return nil
}
