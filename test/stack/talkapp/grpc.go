package main

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"lanekeeper.io/test/talk"
)

func (a *app) connect() (err error) {
	if a.upstream != "" {
		a.grpc, err = grpc.NewClient("dns:///"+a.upstream+":"+grpcPort, grpc.WithTransportCredentials(insecure.NewCredentials()))
	}
	return err
}

func (a *app) grpcServer() *grpc.Server {
	s := grpc.NewServer()
	desc := &grpc.ServiceDesc{ServiceName: talk.ServiceName, HandlerType: (*any)(nil)}
	for method, handle := range map[*grpc.StreamDesc]func(grpc.ServerStream, grpc.ClientStream) error{
		&talk.Unary: a.one, &talk.Send: a.one, &talk.Receive: a.many, &talk.Both: a.each,
	} {
		served := *method
		served.Handler = func(_ any, ours grpc.ServerStream) error {
			theirs, err := a.open(ours.Context(), method)
			if err != nil {
				return err
			}
			return handle(ours, theirs)
		}
		desc.Streams = append(desc.Streams, served)
	}
	s.RegisterService(desc, nil)
	return s
}

// open asks the upstream with the tag of a call; nobody if there is none.
func (a *app) open(ctx context.Context, method *grpc.StreamDesc) (grpc.ClientStream, error) {
	if a.grpc == nil {
		return nil, nil //nolint:nilnil // nobody is asked
	}
	for _, tag := range metadata.ValueFromIncomingContext(ctx, tagHeader) {
		ctx = metadata.AppendToOutgoingContext(ctx, tagHeader, tag)
	}
	return a.grpc.NewStream(ctx, method, talk.Method(*method))
}

// one tells one chain when the messages have ended.
func (a *app) one(ours grpc.ServerStream, theirs grpc.ClientStream) error {
	for {
		message := new(wrapperspb.StringValue)
		err := ours.RecvMsg(message)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if theirs != nil {
			if err := theirs.SendMsg(message); err != nil {
				return err
			}
		}
	}
	return a.tell(ours, theirs, true)
}

// each tells a chain for each message.
func (a *app) each(ours grpc.ServerStream, theirs grpc.ClientStream) error {
	for {
		message := new(wrapperspb.StringValue)
		err := ours.RecvMsg(message)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if theirs != nil {
			if err := theirs.SendMsg(message); err != nil {
				return err
			}
		}
		if err := a.tell(ours, theirs, false); err != nil {
			return err
		}
	}
}

// many tells chains until the caller goes.
func (a *app) many(ours grpc.ServerStream, theirs grpc.ClientStream) error {
	message := new(wrapperspb.StringValue)
	if err := ours.RecvMsg(message); err != nil {
		return err
	}
	if theirs != nil {
		if err := theirs.SendMsg(message); err != nil {
			return err
		}
		if err := theirs.CloseSend(); err != nil {
			return err
		}
	}
	for {
		if err := a.tell(ours, theirs, false); err != nil {
			return err
		}
		if theirs != nil {
			continue // at its pace
		}
		select {
		case <-time.After(beat):
		case <-ours.Context().Done():
			return ours.Context().Err()
		}
	}
}

// tell answers with the chain of the upstream's next answer; last says that it gets no message any more.
func (a *app) tell(ours grpc.ServerStream, theirs grpc.ClientStream, last bool) error {
	chain := new(wrapperspb.StringValue)
	if theirs != nil {
		if last {
			if err := theirs.CloseSend(); err != nil {
				return err
			}
		}
		if err := theirs.RecvMsg(chain); err != nil {
			return err
		}
	}
	return ours.SendMsg(wrapperspb.String(a.self + chain.Value))
}
