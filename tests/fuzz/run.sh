#!/usr/bin/env bash
# Fuzzes every target, or those that are named: `run.sh MINUTES [TARGET …]`.
# What is found lies in the target directory, and is said at the end.
set -euo pipefail
cd "$(dirname "$0")"

fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

minutes=${1:?how many minutes}
shift
targets=("$@")
[ $# -gt 0 ] || targets=(records header table pack)
cargo fuzz --version > /dev/null 2>&1 || fail "cargo-fuzz is missing" "cargo install --locked cargo-fuzz"

# Another directory than that of the programs: everything is compiled with other flags.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/../../target}/fuzz
# Sanitizers are not stable, and nothing else here needs a nightly compiler.
export RUSTC_BOOTSTRAP=1 RUSTC_WRAPPER=$PWD/instrument.sh
cargo fuzz build --release --fuzz-dir .

host=$(rustc -vV | sed -n 's/^host: //p')
# What lasts as long as the process is no leak; memory is bounded by -rss_limit_mb.
export ASAN_OPTIONS=detect_odr_violation=0:detect_leaks=0
found=0
for target in "${targets[@]}"; do
    kept=$CARGO_TARGET_DIR/corpus/$target
    export AFTERWAKE_SEEDS=$CARGO_TARGET_DIR/seeds/$target
    mkdir -p "$kept" "$AFTERWAKE_SEEDS" "$CARGO_TARGET_DIR/found"
    options=(-max_total_time=$((minutes * 60)) -rss_limit_mb=2048 -timeout=20 -print_final_stats=1
        -artifact_prefix="$CARGO_TARGET_DIR/found/$target-")
    corpora=("$kept" "corpus/$target" "$AFTERWAKE_SEEDS")
    if [ "$target" = header ]; then
        options+=(-dict=header.dict -max_len=4096)
        corpora+=(../../queries)
    fi
    echo "Fuzzing $target for $minutes minutes"
    nice -n 19 "$CARGO_TARGET_DIR/$host/release/$target" "${options[@]}" "${corpora[@]}" || found=1
done
[ $found = 0 ] || fail "something was found, in $CARGO_TARGET_DIR/found" \
    "$CARGO_TARGET_DIR/$host/release/TARGET FILE repeats it; when it is mended, keep the file in tests/fuzz/corpus/TARGET"
