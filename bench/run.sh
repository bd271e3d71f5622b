#!/usr/bin/env bash
# run.sh [--short] [--stored EVENTS] [--rounds N] [--only NAME]...: builds the function as it is deployed and the program that
# measures it, and runs that beside servers of its own. The report is in target/bench.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
source "$here/../infra/local/settings.sh"

cd "$ROOT"
target="${CARGO_TARGET_DIR:-$ROOT/target}"
cargo build --profile ship -p stripe-webhook
# Of the profile of tests, which has it built already; what runs while the clock does is optimised there (Cargo.toml).
cargo build -p payonce-bench
exec infra/local/test-cluster.sh "$target/debug/payonce-bench" --binaries "$target/ship" --report "$target/bench" "$@"
