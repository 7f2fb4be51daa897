package talk

import "google.golang.org/grpc"

// The gRPC service of the talking application. Its messages are wrapperspb.StringValue, so that
// nothing has to be generated.
const ServiceName = "mock.Talk"

// Unary answers one message with one chain; Send many messages with one chain, when they have
// ended; Receive one message with chains, until the caller goes; Both each message with a chain.
var (
	Unary   = grpc.StreamDesc{StreamName: "Unary"}
	Send    = grpc.StreamDesc{StreamName: "Send", ClientStreams: true}
	Receive = grpc.StreamDesc{StreamName: "Receive", ServerStreams: true}
	Both    = grpc.StreamDesc{StreamName: "Both", ClientStreams: true, ServerStreams: true}
)

// Method is the full name of one of them.
func Method(s grpc.StreamDesc) string { return "/" + ServiceName + "/" + s.StreamName }
