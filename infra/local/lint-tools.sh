#!/usr/bin/env bash
# Installs the linters that are Rust programs, where no version of them is on the PATH.
set -euo pipefail

# tool NAME VERSION
tool() { command -v "$1" >/dev/null || cargo install --locked "$1" --version "$2"; }
tool cargo-deny 0.20.2
tool cargo-machete 0.9.2
