#!/usr/bin/env bash
# Installs the linters that setup.sh does not: Rust programs, where no version of them is on the PATH, and plpgsql_check.
set -euo pipefail

# tool NAME VERSION
tool() { command -v "$1" >/dev/null || cargo install --locked "$1" --version "$2"; }
tool cargo-deny 0.20.2
tool cargo-machete 0.9.2

# plpgsql_check reads our SQL functions in a test, where the server has it: root gives it to Debian's.
server="$(dpkg-query -W -f '${Package}\n' 'postgresql-[1-9]*' 2>/dev/null | grep -xE 'postgresql-[0-9]+' | tail -n 1 || true)"
if [ -n "$server" ] && [ "$(id -u)" -eq 0 ] && ! dpkg-query -W "$server-plpgsql-check" >/dev/null 2>&1; then
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends "$server-plpgsql-check" >/dev/null
fi
