package v1

// RequestMatch says which requests are meant. All its parts must match; one
// that has none matches every request. method, queryParams and cookie are ours;
// ASM has uri and headers.
//
// +kubebuilder:validation:XValidation:rule="!has(self.cookie) || !has(self.headers) || self.headers.all(name, name.lowerAscii() != 'cookie')",message="ask for a cookie either in cookie or in headers: the two would be one header"
type RequestMatch struct {
	// uri matches the request's path.
	// +optional
	URI StringMatch `json:"uri,omitzero"`

	// headers match the request's headers, by name. Istio never matches
	// headers named uri, scheme, method and authority, so they are refused: a
	// rule that asks for them would match every request.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(name, name.matches('^[-!#$%&*+.^_|~0-9A-Za-z]+$'))",message="every key of headers must be an HTTP header name such as x-user"
	// +kubebuilder:validation:XValidation:rule="self.all(name, !(name.lowerAscii() in ['uri', 'scheme', 'method', 'authority']))",message="headers cannot match uri, scheme, method or authority: Istio ignores them there"
	Headers map[string]StringMatch `json:"headers,omitempty"`

	// method matches the request's method, such as GET.
	// +optional
	Method StringMatch `json:"method,omitzero"`

	// queryParams match the parameters of the request's query, by name, as they
	// are written there: nothing is decoded.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(name, size(name) > 0 && size(name) <= 256)",message="every key of queryParams must be the name of a parameter"
	QueryParams map[string]StringMatch `json:"queryParams,omitempty"`

	// cookie matches a cookie of the request.
	// +optional
	Cookie CookieMatch `json:"cookie,omitzero"`
}

// CookieMatch compares the value of a cookie in exactly one way.
//
// +kubebuilder:validation:XValidation:rule="has(self.name)",message="a cookie needs its name"
type CookieMatch struct {
	// name of the cookie.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="size(self) == 0 || self.matches('^[-!#$%&*+.^_|~0-9A-Za-z]+$')",message="name must be the name of a cookie: letters, digits and -!#$%&*+.^_|~"
	Name string `json:"name,omitempty"`

	StringMatch `json:",inline"`
}

// StringMatch compares a string in exactly one way.
// +kubebuilder:validation:XValidation:rule="[has(self.exact), has(self.prefix), has(self.regex)].exists_one(set, set)",message="set exactly one of exact, prefix and regex"
type StringMatch struct {
	// exact is the whole string.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Exact string `json:"exact,omitempty"`

	// prefix is what the string starts with.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Prefix string `json:"prefix,omitempty"`

	// regex is an RE2 expression for the whole string.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Regex string `json:"regex,omitempty"`
}

// Destination is the entry service that a gateway sends requests to.
type Destination struct {
	// host is the entry service, for example mocka.default.svc.cluster.local.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="size(self) == 0 || self.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?([.][a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$')",message="host must be the DNS name of a Service, such as mocka.default.svc.cluster.local"
	Host string `json:"host,omitempty"`

	// portNum is the Service's port; it may be left out where the Service has
	// only one.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=65535
	PortNum int32 `json:"portNum,omitempty"`
}
