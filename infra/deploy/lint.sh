#!/usr/bin/env bash
# The template under sam validate, cfn-lint and checkov, and held against what CDK makes of it. Asks no AWS.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
here="$ROOT/infra/deploy"
export SAM_CLI_TELEMETRY=0 AWS_EC2_METADATA_DISABLED=true

install_checkov() {
  local stamp
  stamp="$(cksum <"$here/requirements-checkov.txt") $ROOT"
  if [ "$(cat "$LOCAL/checkov/stamp" 2>/dev/null)" = "$stamp" ]; then return; fi
  say "Installing checkov into .local/checkov"
  python3 -m venv --clear "$LOCAL/checkov"
  "$LOCAL/checkov/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements-checkov.txt"
  say "$stamp" >"$LOCAL/checkov/stamp"
}

"$ROOT/infra/emulators/setup.sh" sam
install_checkov
cd "$ROOT"
# A region is not asked for anything; sam wants one.
"$LOCAL/sam/bin/sam" validate --lint --template-file infra/template.yaml --region us-east-1
"$LOCAL/sam/bin/cfn-lint" infra/template.yaml

expanded="$LOCAL/template.json"
# Without code: what is checked is the template alone.
"$LOCAL/sam/bin/python" "$here/expand.py" "$LOCAL/no-build" >"$expanded"
"$LOCAL/checkov/bin/checkov" --config-file "$here/checkov.yaml" --file "$expanded"

STAGE=lint "$ROOT/infra/cdk/cdk.sh" synth --quiet
"$LOCAL/sam/bin/python" "$here/same.py" "$expanded" "$LOCAL/cdk.out/"*.template.json
