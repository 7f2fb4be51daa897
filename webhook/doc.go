// Package webhook is what the API server asks before it stores an object. It
// only reads: every replica serves, whoever leads.
//
//	/mutate-pods            stamps new pods with their lane (pods.go, stamp.go)
//	/mutate-pods-required   the same, for namespaces that would rather have no
//	                        pod than one of an unknown lane
//	/validate-groups        what no single object shows: lanes that could select
//	/validate-lanes         the same pod, names of nothing, patches that cannot be
//	                        merged (groups.go, lanes.go)
//	/validate-rollouts      advice about Kruise Rollouts, never a refusal (rollouts.go)
//
// Refusing a pod is worse than mislabelling it, for the controllers repair
// labels later. So /mutate-pods fails open, in code (failopen.go) and by its
// failurePolicy; an error of a typed Defaulter alone would refuse the pod
// whatever the failurePolicy says.
package webhook
