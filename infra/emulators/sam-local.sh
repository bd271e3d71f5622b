#!/usr/bin/env bash
# sam local invoke of every function with every one of its samples: the template's functions, in containers as SAM starts
# them, on a database of its own. Needs Linux and a Docker engine, which engine.sh may start.
#   sam-local.sh FOLDER     FOLDER/FUNCTION/bootstrap, as make build leaves them
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/samples.sh"
here="$ROOT/infra/emulators"
work="$LOCAL/sam-local"

if [ "${2:-}" != --with-both ]; then
  [ "$(uname)" = Linux ] || fail "a container has to reach the database on this machine, which is only set up for Linux"
  exec "$here/with-database.sh" "$here/with-cloud.sh" "$here/sam-local.sh" "${1:?sam-local.sh FOLDER}" --with-both
fi

# sam_local_invoke ARGUMENTS...: with next to no environment, since to sam a variable of its own counts for more than the template's.
sam_local_invoke() {
  env -i PATH="$PATH" HOME="$HOME" ${DOCKER_HOST:+DOCKER_HOST="$DOCKER_HOST"} SAM_CLI_TELEMETRY=0 \
    AWS_DEFAULT_REGION="$AWS_DEFAULT_REGION" AWS_ACCESS_KEY_ID="$AWS_ACCESS_KEY_ID" \
    AWS_SECRET_ACCESS_KEY="$AWS_SECRET_ACCESS_KEY" "$LOCAL/sam/bin/sam" local invoke "$@"
}

forwarder=
stop() {
  [ -z "$forwarder" ] || kill "$forwarder" 2>/dev/null || true
  "$here/engine.sh" stop
}
trap stop EXIT
trap 'exit 130' INT TERM

python="$LOCAL/sam/bin/python"
built="$(cd "$1" && pwd -P)"
mkdir -p "$work"
machine="$(uname -m)"
if [ "$machine" = aarch64 ]; then machine=arm64; fi

engine="$("$here/engine.sh" start)"
[ -z "$engine" ] || export DOCKER_HOST="$engine"
# Where the machine stands in the network that containers are in.
host="$("$python" -c 'import docker
subnet = docker.from_env().networks.get("bridge").attrs["IPAM"]["Config"][0]
import ipaddress
print(subnet.get("Gateway") or next(ipaddress.ip_network(subnet["Subnet"]).hosts()))')"
"$here/forward.py" "$host" "$PGBOUNCER_PORT" "$POSTGRES_PORT" "${AWS_ENDPOINT_URL##*:}" &
forwarder=$!

image="$("$python" "$here/image.py" "$machine" "$built" "$LOCAL/docker/packages/bin/busybox")"
"$BINARIES/payonce" migrate --local >"$work/migrate.log"
"$BINARIES/payonce" seed --demo >>"$work/migrate.log"
"$python" "$here/sample-secret.py" "$ROOT/events/rotate-secret/createSecret.json"
"$python" "$here/local-template.py" "$ROOT/infra/template.yaml" "$built" "$machine" "$host" >"$work/template.json"
while read -r function logical_id; do
  while read -r sample; do
    invocation "$function" "$sample" >"$work/event.json"
    sam_local_invoke "$logical_id" --template "$work/template.json" --event "$work/event.json" \
      --invoke-image "$image" --skip-pull-image 2>"$work/$function.log" | holds "$function" "$sample" || {
      tail -n 30 "$work/$function.log" >&2
      fail "see $work/$function.log"
    }
  done < <(samples "$function")
done < <("$python" "$here/local-template.py" "$ROOT/infra/template.yaml" "$built" "$machine" "$host" --functions)
say "Every function answers its samples in a container of $image"
