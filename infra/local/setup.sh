#!/usr/bin/env bash
# Installs what the laptop stack needs beside Rust, Python and curl: tools from PyPI into .local/venv, PgBouncer, and
# a Postgres server where there is none. Asks for no password; quick when all is there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here="$ROOT/infra/local"

rust_wanted=1.92
check_programs() {
  local found
  command -v cargo >/dev/null || fail "Rust is missing: install it with rustup, then run this again"
  found="$(cargo --version | cut -d ' ' -f 2)"
  [ "$(printf '%s\n' "$rust_wanted" "$found" | sort -V | head -n 1)" = "$rust_wanted" ] ||
    fail "Rust $rust_wanted or newer is needed, this is $found: rustup update"
  command -v curl >/dev/null || fail "curl is missing: install it, then run this again"
  command -v python3 >/dev/null || fail "Python 3 is missing: install python3 with its venv module, then run this again"
}

install_tools() {
  if ! python3 -c 'import ensurepip' 2>/dev/null; then
    # Debian and Ubuntu keep it in a package of its own.
    if ! is_root || ! command -v apt-get >/dev/null; then
      fail "Python's venv module is missing: sudo apt-get install python3-venv"
    fi
    apt-get update -qq
    apt-get install -qq --no-install-recommends python3-venv >/dev/null
  fi
  say "Installing tools into .local/venv"
  python3 -m venv --clear "$LOCAL/venv"
  pip -r "$here/requirements.txt"
}
pip() { "$LOCAL/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }

install_postgres() {
  # It asks for a server, and ends well without one running.
  if "$here/postgres.sh" stop "$LOCAL" 2>/dev/null; then return; fi
  say "Installing a Postgres server into .local/postgres"
  local folder
  folder="$(server_directory "$LOCAL/postgres")"
  pip --no-deps --upgrade --target "$folder" -r "$here/requirements-postgres.txt"
  give_to_server "$folder"
  "$here/postgres.sh" stop "$LOCAL"
}

install_pgbouncer() {
  if "$here/pgbouncer.sh" check; then return; fi
  say "Installing PgBouncer"
  if command -v brew >/dev/null; then
    brew install --quiet pgbouncer
  elif command -v apt-get >/dev/null; then
    unpack_pgbouncer
  else
    fail "PgBouncer is missing, and there is neither Homebrew nor apt-get to get it with: install pgbouncer"
  fi
  "$here/pgbouncer.sh" check || fail "PgBouncer was installed but does not run: install pgbouncer by hand"
}

# Unpacked, not installed: that needs no root, and starts no service on the system's own port.
unpack_pgbouncer() {
  local folder package
  remove_server_directory "$LOCAL/pgbouncer"
  folder="$(server_directory "$LOCAL/pgbouncer")"
  mkdir -p "$LOCAL/downloads"
  (
    cd "$LOCAL/downloads"
    rm -f ./*.deb
    download pgbouncer
    # The libraries of the same release that it names, but for libc, which every system has.
    # shellcheck disable=SC2046
    download $(dpkg-deb -f pgbouncer_*.deb Depends | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/ //g' |
      grep '^lib' | grep -v '^libc6')
    for package in *.deb; do dpkg-deb -x "$package" "$folder"; done
  )
  rm -rf "$LOCAL/downloads"
  give_to_server "$folder"
}

# With the system's package lists, or, where these are missing or old, with lists of our own.
download() {
  local own=(-o "Dir::State::lists=$LOCAL/downloads/lists" -o "Dir::Cache=$LOCAL/downloads/cache" -o APT::Sandbox::User=)
  if apt-get -qq -o APT::Sandbox::User= download "$@" >/dev/null 2>&1; then return; fi
  mkdir -p lists/partial cache/archives/partial
  [ -n "$(ls lists/*Packages* 2>/dev/null)" ] || apt-get -qq "${own[@]}" update
  apt-get -qq "${own[@]}" download "$@" >/dev/null
}

check_programs
mkdir -p "$LOCAL"
# The folder is part of it: a virtual environment does not survive being moved.
stamp="$(cat "$here"/requirements*.txt "$here/setup.sh" | cksum) $ROOT"
if [ "$(cat "$LOCAL/setup.stamp" 2>/dev/null)" != "$stamp" ]; then
  install_tools
  install_postgres
  install_pgbouncer
  say "$stamp" >"$LOCAL/setup.stamp"
fi
