#!/usr/bin/env bash
# Runs every test, then says in one place how each test program ended and what was skipped.
# The arguments are cargo's. Where this machine can be recorded, nothing may be skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

# CAP_SYS_ADMIN or CAP_BPF, and a kernel that describes its types.
can_record() {
    local capabilities
    capabilities=$(sed -n 's/^CapEff:[[:space:]]*/0x/p' /proc/self/status)
    [ -e /sys/kernel/btf/vmlinux ] && [ $((capabilities & (1 << 21 | 1 << 39))) != 0 ]
}

if can_record; then
    export AFTERWAKE_REQUIRE_BPF=1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

status=0
cargo test --no-fail-fast "$@" 2>&1 | tee "$log" || status=$?

echo
echo "In short:"
grep -E '^ +(Running|Doc-tests)|^test result:|^test .* FAILED$' "$log" |
    grep -vE '^test result: ok. 0 passed' || true
if grep 'SKIPPED' "$log" && [ "${AFTERWAKE_REQUIRE_BPF:-}" = 1 ]; then
    printf 'error: tests were skipped on a machine that can be recorded\nhint: look above for SKIPPED\n' >&2
    status=1
fi
exit "$status"
