package supervisor

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

//go:embed manifests
var manifests embed.FS

// decode reads the objects of a YAML stream.
func decode(stream io.Reader) ([]client.Object, error) {
	var objects []client.Object
	for d := yaml.NewYAMLOrJSONDecoder(stream, 4096); ; {
		u := new(unstructured.Unstructured)
		if err := d.Decode(&u.Object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		if len(u.Object) > 0 { // not only a comment between two separators
			objects = append(objects, u)
		}
	}
}

// create makes the objects, several at a time: the API server is new, so there
// is nothing to compare with.
func (s *Supervisor) create(ctx context.Context, objects ...client.Object) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(4)
	for _, o := range objects {
		all.Go(func() error {
			err := s.client.Create(ctx, o)
			if err != nil && !apierrors.IsAlreadyExists(err) {
				return fmt.Errorf("creating %s %s: %w", o.GetObjectKind().GroupVersionKind().Kind, o.GetName(), err)
			}
			return nil
		})
	}
	return all.Wait()
}

func (s *Supervisor) createFiles(ctx context.Context, files ...string) error {
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		objects, err := decode(f)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := s.create(ctx, objects...); err != nil {
			return err
		}
	}
	return nil
}

// createOwn makes the objects of one of the embedded manifests.
func (s *Supervisor) createOwn(ctx context.Context, name string) error {
	f, err := manifests.Open("manifests/" + name)
	if err != nil {
		return err
	}
	defer f.Close()
	objects, err := decode(f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return s.create(ctx, objects...)
}

// awaitKinds returns when the API server serves the kinds of a group.
func (s *Supervisor) awaitKinds(ctx context.Context, group string, kinds ...string) error {
	for _, k := range kinds {
		if err := await(ctx, func(context.Context) error {
			_, err := s.client.RESTMapper().RESTMapping(schema.GroupKind{Group: group, Kind: k})
			return err
		}); err != nil {
			return fmt.Errorf("%s of %s is not served: %w", k, group, err)
		}
	}
	return nil
}
