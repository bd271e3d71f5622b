#!/usr/bin/env bash
# Builds every function for Lambda into target/lambda/FUNCTION/bootstrap, by one cargo lambda build. ARCH=arm64 (Lambda's cheaper one,
# the default) or x86_64; CA=file.pem puts the certificate of the database's own authority beside each. make deploy knows both.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../local/settings.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../local/lib.sh"

"$ROOT/infra/local/setup.sh"
cd "$ROOT"
case "${ARCH:-arm64}" in
  arm64) target=aarch64-unknown-linux-gnu ;;
  x86_64) target=x86_64-unknown-linux-gnu ;;
  *) fail "ARCH is arm64 or x86_64" ;;
esac
libraries="$(rustc --print target-libdir --target "$target")"
if [ ! -d "$libraries" ]; then
  command -v rustup >/dev/null || fail "Rust's standard library for $target is missing"
  rustup target add "$target" || fail "rustup target add $target did not work; ARCH=x86_64 may be there"
fi

functions=()
for folder in functions/*/; do functions+=(--bin "$(basename "$folder")"); done
# Zig comes with setup.sh: it links for the other machine and for Lambda's older C library.
PATH="$LOCAL/venv/bin:$PATH" GIT_SHA="$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
  cargo-lambda lambda build --profile ship --target "$target.2.34" --locked "${functions[@]}"
for folder in functions/*/; do
  built="target/lambda/$(basename "$folder")"
  rm -f "$built/database-ca.pem"
  if [ -n "${CA:-}" ]; then cp "$CA" "$built/database-ca.pem"; fi
done
say "${ARCH:-arm64}" >target/lambda/architecture
wc -c target/lambda/*/bootstrap
