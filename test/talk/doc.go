// Package talk converses with the talking application (stack/talkapp) in each protocol that
// goes over HTTP, and says at every turn which chain answered. A turn of Once, of HTTP2 and of
// Unary is a request of its own; Events, Socket and the streams of gRPC stay where they began.
package talk
