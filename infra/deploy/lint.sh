#!/usr/bin/env bash
# The template under sam validate, cfn-lint and checkov, and held against what CDK makes of it. Asks no AWS.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
here="$ROOT/infra/deploy"
export SAM_CLI_TELEMETRY=0 AWS_EC2_METADATA_DISABLED=true

"$ROOT/infra/emulators/setup.sh" sam
python_tools checkov "$here/requirements-checkov.txt"
cd "$ROOT"
# A region is not asked for anything; sam wants one.
"$LOCAL/sam/bin/sam" validate --lint --template-file infra/template.yaml --region us-east-1
"$LOCAL/sam/bin/cfn-lint" infra/template.yaml

expanded="$LOCAL/template.json"
# Without code: what is checked is the template alone.
export BUILT="$LOCAL/no-build"
"$LOCAL/sam/bin/python" "$here/expand.py" "$BUILT" >"$expanded"
"$LOCAL/checkov/bin/checkov" --config-file "$here/checkov.yaml" --file "$expanded"

STAGE=lint "$ROOT/infra/cdk/cdk.sh" synth --quiet
"$LOCAL/sam/bin/python" "$here/same.py" "$expanded" "$LOCAL/cdk.out/"*.template.json
