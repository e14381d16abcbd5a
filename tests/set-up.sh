#!/usr/bin/env bash
# Brings what is missing to build, test or measure: `set-up.sh build|test|bench`.
# Installs Debian packages when it is root, and otherwise says which ones are needed.
set -euo pipefail

missing=()

# need PACKAGE CHECK...: the package is needed unless the check succeeds.
need() {
    local package=$1
    shift
    "$@" > /dev/null 2>&1 || missing+=("$package")
}

has_clang() { compgen -c clang | grep -qE '^clang(-[0-9]+)?$'; }
has_modules() { "$duckdb/bin/python" -c 'import duckdb, polars, pandas, pyarrow, perfetto, jsonschema, prometheus_client'; }
can_make_environments() { python3 -c 'import venv, ensurepip'; }
# Debian keeps the system's tools out of a user's PATH.
has_tool() { command -v "$1" || test -x "/usr/sbin/$1"; }

fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        fail "these packages are missing: ${missing[*]}" "sudo apt-get install ${missing[*]}"
    fi
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install --yes --no-install-recommends "${missing[@]}" > /dev/null
}

for_build() {
    command -v cargo > /dev/null || fail "rust is missing" "see https://rustup.rs"
    local wanted found
    wanted=$(sed -nE 's/^rust-version = "(.*)"/\1/p' Cargo.toml)
    found=$(rustc --version | cut -d' ' -f2)
    printf '%s\n%s\n' "$wanted" "$found" | sort --version-sort --check=quiet ||
        fail "rust $found is too old, $wanted is needed" "rustup update"
    need clang has_clang
    need gcc command -v cc
    need make command -v make
    need pkg-config command -v pkg-config
    need libc6-dev test -e /usr/include/stdio.h
    need libelf-dev test -e /usr/include/libelf.h
    need zlib1g-dev test -e /usr/include/zlib.h
}

for_comparison() {
    need libbpf-tools has_tool offcputime
    need bpftrace has_tool bpftrace
    need fio has_tool fio
    need linux-perf has_tool perf
    need python3-venv can_make_environments
}

for_test() {
    for_comparison
    need git command -v git
    need tar command -v tar
    need gzip command -v gzip
    need mount command -v mount
    need util-linux command -v setpriv
    need e2fsprogs has_tool mkfs.ext4
    need xfsprogs has_tool mkfs.xfs
    need btrfs-progs has_tool mkfs.btrfs
    need chromium command -v chromium
    need chromium-driver command -v chromedriver
}

# What reads the same recordings, in an environment of its own.
install_modules() {
    if has_modules > /dev/null 2>&1; then
        return
    fi
    echo "Installing DuckDB and what reads exports into $duckdb"
    python3 -m venv "$duckdb"
    "$duckdb/bin/python" -m pip install --quiet --disable-pip-version-check \
        duckdb polars pandas pyarrow perfetto jsonschema prometheus_client
}

cd "$(dirname "$0")/.."
duckdb=${CARGO_TARGET_DIR:-$PWD/target}/duckdb
case ${1:-} in
    build) for_build ;;
    test) for_test ;;
    bench) for_comparison ;;
    *) fail "set-up.sh takes build, test or bench" "make test calls it" ;;
esac
install_missing
[ "$1" = build ] || install_modules
