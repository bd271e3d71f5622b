#!/usr/bin/env bash
# Every test of the workspace, on a database of its own. Arguments go to cargo test.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

cd "$ROOT"
# Some tests run the programs.
cargo build --workspace --bins
exec infra/local/test-cluster.sh cargo test --workspace --no-fail-fast "$@"
