#!/usr/bin/env bash
# Stops the laptop stack and removes it with its data: all of .local, and what its links lead to.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$ROOT/infra/local/down.sh"
if [ -d "$LOCAL" ]; then
  find "$LOCAL" -maxdepth 4 -type l -print | while IFS= read -r link; do
    case "$(readlink "$link")" in
      */payonce-??????) remove_server_directory "$link" ;;
    esac
  done
fi
rm -rf "$LOCAL"
