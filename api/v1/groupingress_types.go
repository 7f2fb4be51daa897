package v1

// GroupIngress says which gateway requests come through and how it chooses
// their lane.
type GroupIngress struct {
	// gateway is the Istio Gateway to attach to.
	// +optional
	Gateway GatewayReference `json:"gateway,omitzero"`

	// ingressRouting says how the gateway chooses a lane.
	// +optional
	IngressRouting IngressRouting `json:"ingressRouting,omitzero"`
}

// GatewayReference names an Istio Gateway.
//
// +kubebuilder:validation:XValidation:rule="(has(self.name) && size(self.name) > 0) == (has(self.namespace) && size(self.namespace) > 0)",message="a gateway needs both name and namespace"
type GatewayReference struct {
	// name is the Gateway's name.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="size(self) == 0 || self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="the name of a gateway must be a DNS label: Istio takes no other in a VirtualService"
	Name string `json:"name,omitempty"`

	// namespace is the Gateway's namespace; the generated ingress
	// VirtualService lives there too.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// type is ASM's gateway type. Both mean an Istio Gateway here.
	// +optional
	Type GatewayType `json:"type,omitempty"`
}

// GatewayType is ASM's name for a kind of gateway.
//
// +kubebuilder:validation:Enum=ASM;ingress
type GatewayType string

// The gateway types that ASM knows.
const (
	GatewayTypeASM     GatewayType = "ASM"
	GatewayTypeIngress GatewayType = "ingress"
)

// IngressRouting says how a gateway chooses a lane for a request.
type IngressRouting struct {
	// ingressRoutingStrategy is rule_based (the lanes' ingressRules choose;
	// also when left out) or weighted (the lanes' ingressWeight share out
	// what weightedRoutingRule matches).
	// +optional
	IngressRoutingStrategy IngressRoutingStrategy `json:"ingressRoutingStrategy,omitempty"`

	// weightedRoutingRule is the one match of the whole group. Only the
	// weighted strategy uses it.
	// +optional
	WeightedRoutingRule WeightedRoutingRule `json:"weightedRoutingRule,omitzero"`
}

// IngressRoutingStrategy is a way of choosing a lane at the gateway.
//
// +kubebuilder:validation:Enum=rule_based;rule-based;weighted
type IngressRoutingStrategy string

// The strategies. ASM's documents spell the first one both ways.
const (
	StrategyRuleBased       IngressRoutingStrategy = "rule_based"
	StrategyRuleBasedHyphen IngressRoutingStrategy = "rule-based"
	StrategyWeighted        IngressRoutingStrategy = "weighted"
)

// WeightedRoutingRule matches the requests that are shared out by weight.
type WeightedRoutingRule struct {
	// hosts are the request hosts: *, a DNS name, or *. and a DNS name. Left
	// out, every host.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Hosts []HostName `json:"hosts,omitempty"`

	// requestMatches are alternatives; left out, every request.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	RequestMatches []RequestMatch `json:"requestMatches,omitempty"`
}

// HostName is a host that requests are sent to, as Istio matches it.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="self.matches('^([*]|([*][.])?[A-Za-z0-9]([-A-Za-z0-9_]{0,61}[A-Za-z0-9])?([.][A-Za-z0-9]([-A-Za-z0-9_]{0,61}[A-Za-z0-9])?)*)$')",message="a host must be *, a DNS name, or *. followed by a DNS name, of labels of at most 63 characters"
type HostName = string
