#!/usr/bin/env bash
# run.sh [--short] [--stored EVENTS] [--rounds N] [--only NAME]...: measures the function as make build leaves it for this machine,
# beside servers of its own. The report is in target/bench.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
source "$here/../infra/local/settings.sh"

cd "$ROOT"
target="${CARGO_TARGET_DIR:-$ROOT/target}"
lean=()
case " $* " in
  *" --short "*) ;;
  *)
    # Its size is all that is asked of it.
    PATH="$LOCAL/venv/bin:$PATH" cargo-lambda lambda build --profile ship --target "$(uname -m)-unknown-linux-gnu.2.34" --locked \
      -p stripe-webhook --no-default-features --lambda-dir "$target/lean"
    lean=(--lean "$target/lean/stripe-webhook/bootstrap")
    ;;
esac
# Of the profile of tests, which has it built already; what runs while the clock does is optimised there (Cargo.toml).
cargo build -p payonce-bench
exec infra/local/test-cluster.sh "$target/debug/payonce-bench" --binary "$target/lambda/stripe-webhook/bootstrap" \
  "${lean[@]}" --report "$target/bench" "$@"
