// Package cluster is the product and the samples on a running stack, and what a
// person does to them: publish, approve and undo, with the real kubectl and
// kubectl kruise.
package cluster

// Chain is the samples' services, who calls whom, from the gateway on.
var Chain = []string{"mocka", "mockb", "mockc"}

// Names that the samples give.
const (
	Namespace = "default"
	Group     = "rollout"
	Base      = "base"
	Lane      = "canary"
)

// Image of the mock application; its tag is the version it prints.
const Image = "registry.cn-beijing.aliyuncs.com/aliacs-app-catalog/go-http-sample"
