#!/usr/bin/env bash
# Prints the settings of a stage for a shell of your own, secrets by their ids:  eval "$(make -s settings STAGE=prod)"
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stage.sh" >&2
if [ -f "$kept_ca" ]; then stack settings "$kept_ca"; else stack settings; fi
# shellcheck disable=SC2016
printf 'export PATH=%q:"$PATH"\n' "$BINARIES"
