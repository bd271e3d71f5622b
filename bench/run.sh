#!/usr/bin/env bash
# run.sh [--short] [--stored EVENTS] [--rounds N] [--only NAME]...: builds the function as it is deployed and the program that
# measures it, and runs that beside servers of its own. The report is in target/bench.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
source "$here/../infra/local/settings.sh"

cd "$ROOT"
target="${CARGO_TARGET_DIR:-$ROOT/target}"
# Each by itself: what one needs of a dependency is not to be in the other.
cargo build --profile ship -p stripe-webhook
cargo build --release -p payonce-bench
exec infra/local/test-cluster.sh "$target/release/payonce-bench" --binaries "$target/ship" --report "$target/bench" "$@"
