// Package otel installs the OpenTelemetry operator on a stack: the real program, which gives
// pods that ask for it an agent by their annotation, as it would in any cluster. It runs as a
// Deployment, with the rights of its own manifest; its certificate, elsewhere cert-manager's, is
// made here.
package otel
