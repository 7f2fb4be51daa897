// Package accesslog reads what the proxies of a stack logged of requests, in the
// format of test/stack/supervisor/manifests/mesh.yaml: which proxy saw a request,
// whom it chose, and how that ended.
package accesslog
