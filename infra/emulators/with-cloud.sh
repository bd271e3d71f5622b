#!/usr/bin/env bash
# with-cloud.sh COMMAND...: runs COMMAND beside an AWS of this machine's own, empty, which it always takes down with all that it
# started. COMMAND finds it as every AWS tool does. CLOUD_LOG names its log.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
here="$ROOT/infra/emulators"

"$here/setup.sh" sam cloud
mkdir -p "$LOCAL/emulated"
home="$(mktemp -d "$LOCAL/emulated/XXXXXX")"
cloud=
remove() {
  # Its process group: the emulator and the functions that it started.
  if [ -n "$cloud" ]; then
    kill -KILL -- "-$cloud" 2>/dev/null || true
    wait "$cloud" 2>/dev/null || true
  fi
  rm -rf "$home"
}
trap remove EXIT
trap 'exit 130' INT TERM

port="$(free_ports 1)"
export CLOUD_LOG="${CLOUD_LOG:-$LOCAL/cloud.log}"
export AWS_ENDPOINT_URL="http://127.0.0.1:$port"
set -m
# An environment of its own: the functions inherit it.
env -i PATH="$PATH" HOME="$home" TMPDIR="$home" BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" MINISTACK_HOST=127.0.0.1 \
  AWS_ENDPOINT_URL="$AWS_ENDPOINT_URL" IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 \
  "$LOCAL/cloud/bin/python" "$here/cloud.py" </dev/null >"$CLOUD_LOG" 2>&1 &
cloud=$!
set +m
within 120 port_answers "$port" || fail "the emulator does not listen: see $CLOUD_LOG"

# Whose key it is, it takes for the account; the samples in events/ are of this one. Both names of the region, as COMMAND may be any
# tool; e2e.py takes one away again from the commands of infra/deploy, which have to do with either.
export AWS_ACCESS_KEY_ID=123456789012 AWS_SECRET_ACCESS_KEY=of-no-account AWS_DEFAULT_REGION=ap-south-1
export AWS_REGION=ap-south-1 AWS_EC2_METADATA_DISABLED=true SAM_CLI_TELEMETRY=0
unset AWS_PROFILE AWS_SESSION_TOKEN
cd "$ROOT"
"$@"
