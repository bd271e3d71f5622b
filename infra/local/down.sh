#!/usr/bin/env bash
# Stops the laptop stack; its data stays. Fine when nothing runs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
here="$ROOT/infra/local"

"$here/functions.sh" stop
"$here/pgbouncer.sh" stop "$LOCAL/database"
if [ -d "$LOCAL/database" ]; then "$here/postgres.sh" stop "$LOCAL/database"; fi
