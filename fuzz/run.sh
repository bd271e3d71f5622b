#!/usr/bin/env bash
# Fuzzes both targets for SECONDS each, on stable Rust: rustc's own LLVM adds the coverage counters
# (-C passes is a stable flag), libfuzzer-sys compiles LLVM's libFuzzer with the C++ compiler at hand.
# Exits non-zero when an input fails and says where it lies. A finding belongs into corpus-seed/.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-}
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: fuzz/run.sh SECONDS   (each target runs that long; at least 1)" >&2
    exit 2
fi

host=$(rustc -vV | sed -n 's/^host: //p')
flags="--cfg fuzzing -C passes=sancov-module"
for arg in level=4 inline-8bit-counters pc-table trace-compares; do
    flags+=" -C llvm-args=-sanitizer-coverage-$arg"
done
# --locked: after a change of dependencies in shared/, `cargo update --workspace` here renews Cargo.lock.
# --target keeps the counters out of build scripts and macros, which have no libFuzzer to count for.
RUSTFLAGS=$flags cargo build --release --locked --target "$host"
built=$(realpath "${CARGO_TARGET_DIR:-target}")/$host/release

failed=()
for target in header envelope; do
    mkdir -p "corpus/$target" "artifacts/$target"
    log=artifacts/$target.log
    status=0
    "$built/$target" -max_total_time="$seconds" -max_len=8192 -timeout=5 -rss_limit_mb=1024 \
        -dict="$target.dict" -artifact_prefix="artifacts/$target/" -print_final_stats=1 \
        "corpus/$target" "corpus-seed/$target" >"$log" 2>&1 || status=$?
    echo "== $target"
    grep -E 'inline 8-bit counters|INITED|^#[0-9]+[[:space:]]DONE|average_exec_per_sec|peak_rss' "$log" || true
    if [[ $status -ne 0 ]]; then
        failed+=("$target")
        grep -E -A 3 'panicked at|ERROR: libFuzzer' "$log" || tail -n 20 "$log"
        echo "== $target FAILED (status $status), whole log: fuzz/$log"
        sed -n "s|.*Test unit written to |== again: $built/$target fuzz/|p" "$log"
    fi >&2
done
[[ ${#failed[@]} -eq 0 ]] || { echo "fuzz: failed: ${failed[*]}" >&2; exit 1; }
echo "fuzz: both targets ran $seconds s without a finding"
