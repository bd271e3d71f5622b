#!/usr/bin/env bash
# Installs emulators from PyPI, each into a folder of its own under .local; quick when they are there.
#   setup.sh sam|cloud...
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
here="$ROOT/infra/emulators"

# It knows which Python can make virtual environments, and installs one that can.
"$ROOT/infra/local/setup.sh"
for name in "$@"; do python_tools "$name" "$here/requirements-$name.txt"; done
