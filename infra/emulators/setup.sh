#!/usr/bin/env bash
# Installs emulators from PyPI, each into a folder of its own under .local; quick when they are there.
#   setup.sh sam|cloud...
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"
here="$ROOT/infra/emulators"

# It knows which Python can make virtual environments, and installs one that can.
"$ROOT/infra/local/setup.sh"
for name in "$@"; do
  requirements="$here/requirements-$name.txt"
  stamp="$(cksum <"$requirements") $ROOT"
  if [ "$(cat "$LOCAL/$name/stamp" 2>/dev/null)" = "$stamp" ]; then continue; fi
  say "Installing $name into .local/$name"
  python3 -m venv --clear "$LOCAL/$name"
  "$LOCAL/$name/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
  say "$stamp" >"$LOCAL/$name/stamp"
done
