package node

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// caches holds the watches of the node: its own pods, and of every namespace
// what pods may mount, read into their environment or resolve.
type caches struct {
	own, all   informers.SharedInformerFactory
	pods       coreinformers.PodInformer
	configMaps coreinformers.ConfigMapInformer
	secrets    coreinformers.SecretInformer
	services   coreinformers.ServiceInformer
}

func newCaches(client kubernetes.Interface, node string) *caches {
	own := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTweakListOptions(func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", node).String()
	}))
	all := informers.NewSharedInformerFactory(client, 0)
	return &caches{
		own: own, all: all,
		pods:       own.Core().V1().Pods(),
		configMaps: all.Core().V1().ConfigMaps(),
		secrets:    all.Core().V1().Secrets(),
		services:   all.Core().V1().Services(),
	}
}

// start fills the caches and tells the provider of every change that concerns
// running pods.
func (c *caches) start(ctx context.Context, p *provider) error {
	onChange := func(f func(obj metav1.Object)) cache.ResourceEventHandlerFuncs {
		call := func(obj any) {
			if gone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
				obj = gone.Obj
			}
			if o, ok := obj.(metav1.Object); ok {
				f(o)
			}
		}
		return cache.ResourceEventHandlerFuncs{AddFunc: call, UpdateFunc: func(_, o any) { call(o) }, DeleteFunc: call}
	}
	_, err1 := c.configMaps.Informer().AddEventHandler(onChange(func(o metav1.Object) { p.sourceChanged(o.GetNamespace()) }))
	_, err2 := c.secrets.Informer().AddEventHandler(onChange(func(o metav1.Object) { p.sourceChanged(o.GetNamespace()) }))
	_, err3 := c.services.Informer().AddEventHandler(onChange(func(metav1.Object) { p.servicesChanged() }))
	_, err4 := c.pods.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{UpdateFunc: func(_, o any) {
		if pod, ok := o.(*corev1.Pod); ok {
			p.podChanged(pod)
		}
	}})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	c.all.Start(ctx.Done())
	c.own.Start(ctx.Done())
	for _, f := range []informers.SharedInformerFactory{c.all, c.own} {
		for kind, ok := range f.WaitForCacheSync(ctx.Done()) {
			if !ok {
				return errors.New("watch of " + kind.String() + " did not start, is the API server up?")
			}
		}
	}
	return nil
}
