package steps

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// AddPort gives the service's Service a second port, until the end.
func AddPort(service string, number int32) scenario.Step {
	return editPorts("add a port to "+service, service, func(ports []corev1.ServicePort) []corev1.ServicePort {
		more := *ports[0].DeepCopy()
		more.Name, more.Port = "http-more", number
		return append(ports, more)
	})
}

// NamePort names the port of the service's Service, until the end, and replaces the pods
// of its caller: connections that are open keep what a proxy knew of the port. What is
// lost meanwhile is the person's own doing.
func NamePort(service, name, caller string) scenario.Step {
	edit := editPorts("name the port of "+service+" "+name, service, func(ports []corev1.ServicePort) []corev1.ServicePort {
		ports[0].Name = name
		return ports
	})
	return scenario.Step{What: edit.What, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.Harmed, Service: service, Detail: edit.What})
		if err := p.Do(ctx, edit, ReplacePods(caller)); err != nil {
			return err
		}
		return awaitHealed(ctx, p, service)
	}}
}

func editPorts(what, service string, edit func([]corev1.ServicePort) []corev1.ServicePort) scenario.Step {
	return scenario.Step{What: what, Do: func(ctx context.Context, p *scenario.Play) error {
		var was []corev1.ServicePort
		write := func(ctx context.Context, edit func([]corev1.ServicePort) []corev1.ServicePort) error {
			s := &corev1.Service{}
			if err := p.Client.Get(ctx, types.NamespacedName{Namespace: cluster.Namespace, Name: service}, s); err != nil {
				return err
			}
			before := s.DeepCopy()
			s.Spec.Ports = edit(s.Spec.Ports)
			was = before.Spec.Ports
			return p.Client.Patch(ctx, s, client.MergeFrom(before))
		}
		if err := write(ctx, edit); err != nil {
			return err
		}
		original := was
		p.Cleanup(func(ctx context.Context) error {
			return write(ctx, func([]corev1.ServicePort) []corev1.ServicePort { return original })
		})
		return nil
	}}
}
