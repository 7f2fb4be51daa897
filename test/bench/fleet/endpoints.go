package fleet

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What the controller of EndpointSlices would write, for whoever reads endpoints from the API
// server as istiod does.

// address is a pod's own. Without endpoints nobody asks for it.
func (f *Fleet) address(pod *corev1.Pod) string {
	if !f.Endpoints {
		return "10.0.0.1"
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	key := pod.Namespace + "/" + pod.Name
	n, ok := f.addresses[key]
	if !ok {
		if f.addresses == nil {
			f.addresses = map[string]int{}
		}
		n = len(f.addresses) + 1
		f.addresses[key] = n
	}
	return fmt.Sprintf("10.%d.%d.%d", 1+n>>14, n>>7&127, 1+n&127)
}

// serve writes the endpoints of a Service: its baseline's, its gray version's, and the canary's in a
// release.
func (f *Fleet) serve(ctx context.Context, n int, released bool) error {
	if !f.Endpoints {
		return nil
	}
	var names []string
	for i := range f.Replicas {
		names = append(names, fmt.Sprintf("%s-%s%s-%d", Service(n), Stable, hash, i))
	}
	if !f.NoGray {
		names = append(names, Service(n)+"-"+Gray+hash+"-0")
	}
	if released {
		names = append(names, canaryName(n)+hash+"-0")
	}
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta:  meta(n, Service(n)+"-x7x7x"),
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: new("http"), Port: new(int32(8000)), Protocol: new(corev1.ProtocolTCP)}},
	}
	slice.Labels = map[string]string{discoveryv1.LabelServiceName: Service(n)}
	for _, name := range names {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: slice.Namespace, Name: name}}
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
			Addresses:  []string{f.address(pod)},
			Conditions: discoveryv1.EndpointConditions{Ready: new(true), Serving: new(true), Terminating: new(false)},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: name},
		})
	}
	err := f.Client.Create(ctx, slice)
	if client.IgnoreAlreadyExists(err) != nil || err == nil {
		return err
	}
	return f.Client.Update(ctx, slice)
}
