#!/usr/bin/env bash
# Takes Lanekeeper off the cluster of the current kubectl context, in an order
# in which no request between services is lost and nothing stays behind. At a Gateway
# the groups' entries go: without a route of your own every request there is
# answered 404 from then on, so apply that one before.
#
#   manifests/uninstall.sh           groups and lanes leave the mesh, then the rest goes
#   manifests/uninstall.sh --force   the same by hand, where no manager is left to do it
#
# It can be run again at any time, also after a removal that hangs. docs/operations.md
# tells what happens to the traffic.
#
# KUBECTL  the command, with its flags          (kubectl)
# TIMEOUT  for the groups and lanes to be gone  (5m)
# SETTLE   the manager's --settle, in seconds   (10)
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
TIMEOUT="${TIMEOUT:-5m}"
SETTLE="${SETTLE:-10}"
ours=app.kubernetes.io/managed-by=lanekeeper,lanekeeper.io/group
finalizer=lanekeeper.io/lanes

kubectl() { command ${KUBECTL:-kubectl} "$@"; }

# served: the API server has the kind of these objects.
served() { [[ -n "$(kubectl get customresourcedefinitions "$1" --ignore-not-found -o name)" ]]; }

# leave lets the manager take groups and lanes out of the mesh. With their kinds
# nobody can make new ones meanwhile.
leave() {
  kubectl delete -k "$here/crd" --ignore-not-found --timeout="$TIMEOUT" && return
  echo "groups or lanes have not left the mesh within $TIMEOUT." >&2
  echo "Is a manager running? kubectl -n lanekeeper-system get pods" >&2
  echo "If it is, see why: kubectl describe asmswimlanegroups,asmswimlanes" >&2
  echo "If none can run any more: $0 --force" >&2
  return 1
}

# force does by hand what the managers would do. They lose their rights first, so
# that nobody works against it, wherever they may still run.
force() {
  kubectl delete clusterrolebinding lanekeeper lanekeeper-envoyfilters --ignore-not-found
  kubectl delete -k "$here/crd" --ignore-not-found --wait=false
  if served virtualservices.networking.istio.io; then
    kubectl delete virtualservices.networking.istio.io,envoyfilters.networking.istio.io --all-namespaces -l "$ours"
    sleep "$SETTLE" # until no proxy has a route to a subset any more
    kubectl delete destinationrules.networking.istio.io --all-namespaces -l "$ours"
  fi
  unmark
  release asmswimlanegroups.istio.alibabacloud.com
  release asmswimlanes.istio.alibabacloud.com
  kubectl delete -k "$here/crd" --ignore-not-found --timeout=1m
}

# unmark takes the labels off pods that lanes were told apart by.
unmark() {
  local each='{{range .items}}{{range $key, $value := .metadata.labels}}{{println $key}}{{end}}{{end}}'
  kubectl get pods --all-namespaces -o go-template="$each" |
    { grep -E '^(lanekeeper\.io/(outside$|lane\.)|answers\.lanekeeper\.io/)' || true; } | sort -u |
    while read -r key; do
      kubectl label pods --all-namespaces -l "$key" "$key-" </dev/null
    done
}

# release takes our finalizer away from all objects of a kind, and no other.
release() {
  served "$1" || return 0
  local each="{{range .items}}{{\$name := .metadata.name}}{{range \$i, \$f := .metadata.finalizers}}{{if eq \$f \"$finalizer\"}}{{\$name}} {{\$i}}{{println}}{{end}}{{end}}{{end}}"
  { kubectl get "$1" -o go-template="$each" || true; } | # they may go meanwhile
    while read -r name i; do
      kubectl patch "$1" "$name" --type=json </dev/null -p "[
        {\"op\": \"test\", \"path\": \"/metadata/finalizers/$i\", \"value\": \"$finalizer\"},
        {\"op\": \"remove\", \"path\": \"/metadata/finalizers/$i\"}]"
    done
}

unhook() { kubectl delete mutatingwebhookconfigurations,validatingwebhookconfigurations lanekeeper --ignore-not-found; }

# Once the managers go, no pod may wait for their webhook.
case "${1:-}" in
  "") leave; unhook ;;
  --force) unhook; force ;;
  *) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
kubectl delete -k "$here/default" --ignore-not-found
echo "Lanekeeper is gone."
