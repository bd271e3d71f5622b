#!/usr/bin/env bash
# What runs, back to the release that served before it, at once: every function's alias. The schema stays; it takes the code before,
# as every migration must.
#   STAGE=prod rollback.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stage.sh"
stack rollback
stack healthy
