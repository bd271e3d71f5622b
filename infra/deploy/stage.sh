# shellcheck shell=bash disable=SC2034
# Which stack a command of infra/deploy is about, and where: STAGE, which has no default here, APP_ID, and the region. Sourced.
stage_given="${STAGE:-}"
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
[ -n "$stage_given" ] && [ "$stage_given" != local ] || fail "STAGE=... says which stack: staging, prod"
STAGE="$stage_given"
STACK="${APP_ID//_/-}-$STAGE"
export STAGE STACK SAM_CLI_TELEMETRY=0

"$ROOT/infra/emulators/setup.sh" sam

# Half of AWS's tools read AWS_REGION, the other half AWS_DEFAULT_REGION. Where neither is set, a profile may say it.
region="${AWS_REGION:-${AWS_DEFAULT_REGION:-}}"
[ "$region" = "${AWS_DEFAULT_REGION:-$region}" ] ||
  fail "AWS_REGION is $AWS_REGION, and AWS_DEFAULT_REGION is $AWS_DEFAULT_REGION: which of them?"
[ -n "$region" ] ||
  region="$("$LOCAL/sam/bin/python" -c 'import boto3; print(boto3.session.Session().region_name or "")')"
[ -n "$region" ] || fail "AWS_REGION=... says where the stack is: ap-south-1, eu-west-2"
export AWS_REGION="$region" AWS_DEFAULT_REGION="$region"

# What of this stage is kept on this machine: the certificate of its database's authority.
kept_ca="$LOCAL/stages/$STACK.pem"

# stack COMMAND...: see stack.py.
stack() { "$LOCAL/sam/bin/python" "$ROOT/infra/deploy/stack.py" "$@"; }
