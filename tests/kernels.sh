#!/usr/bin/env bash
# Records inside another kernel and checks the recordings: `tests/kernels.sh PACKAGE [DIRECTORY]`.
#
#   PACKAGE    a Debian kernel package, such as linux-image-6.1.0-56-cloud-amd64-unsigned;
#              `apt-cache search --names-only '^linux-image-.*-cloud-amd64-unsigned'` lists them
#   DIRECTORY  where the kernel, the console and the recordings stay (default: a temporary one)
#
# The kernel boots in qemu from a disk in memory that holds busybox, the recorder, ext4dist and the
# loads of tests/kernels/guest, and hands the recordings back over its second serial port. An empty
# ext4 lies on its one real disk. Needs `make build` and, from Debian, qemu-system-x86,
# busybox-static, cpio, e2fsprogs and libbpf-tools. No part of `make test`, since it downloads a kernel.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin
programs=${CARGO_TARGET_DIR:-$PWD/target}/release
afterwake=$programs/afterwake

fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}
[ $# -ge 1 ] || fail "no kernel package given" "see the head of tests/kernels.sh"
for tool in qemu-system-x86_64 busybox cpio mkfs.ext4 ext4dist apt-get dpkg; do
    command -v "$tool" > /dev/null || fail "$tool is missing" \
        "apt-get install qemu-system-x86 busybox-static cpio e2fsprogs libbpf-tools"
done
[ -x "$programs/afterwake-record" ] || fail "the recorder is not built" "make build"
package=$1
if [ $# -ge 2 ]; then
    mkdir -p "$2"
    work=$(realpath "$2")
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi

download() {
    compgen -G "$work/kernel/boot/vmlinuz-*" > /dev/null && return
    (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$package") ||
        fail "there is no package $package" "apt-get update, or another name"
    dpkg -x "$work/$package"_*.deb "$work/kernel"
}

# The guest's disks. In memory, each program lies with its libraries where they are here.
make_disks() {
    local root=$work/root ext4dist file
    ext4dist=$(command -v ext4dist)
    rm -rf "$root"
    mkdir -p "$root"/{bin,dev,proc,sys,tmp,lib64}
    install "$(command -v busybox)" "$root/bin/busybox"
    install "$programs/workload" "$ext4dist" "$root/bin"
    install --strip "$programs/afterwake-record" "$root/bin"
    for file in $(ldd "$programs/afterwake-record" "$programs/workload" "$ext4dist" |
        grep -oE '/[^ :]+\.so[^ :]*' | sort -u); do
        install -D "$file" "$root$file"
    done
    install tests/kernels/guest/init.sh "$root/init"
    install -m 644 tests/kernels/guest/{load,files}.sh "$root"
    (cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) > "$work/disk.gz"
    rm -f "$work/ext4"
    truncate -s 64M "$work/ext4"
    mkfs.ext4 -q "$work/ext4"
}

# One thread for both CPUs: with a thread each, qemu may let a CPU run into the breakpoint by which the
# other changes the kernel's code (as when a tracepoint is switched on) after that change is over.
boot() {
    rm -rf "$work"/{handed-back,*.wake,*.ext4dist,*.truth}
    timeout 600 qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m 2G \
        -kernel "$work"/kernel/boot/vmlinuz-* -initrd "$work/disk.gz" \
        -drive "file=$work/ext4,format=raw,cache=unsafe,if=none,id=ext4" \
        -device nvme,drive=ext4,serial=ext4 \
        -append "console=ttyS0 quiet panic=-1" -no-reboot -display none -monitor none \
        -serial "file:$work/console" -serial "file:$work/handed-back" ||
        fail "the kernel did not come to its end" "see $work/console"
    tr -d '\r' < "$work/console" | grep -v '^\[ '
    tar -C "$work" -xzf "$work/handed-back" ||
        fail "the guest handed nothing back" "see $work/console"
}

failures=0
# holds WHAT COMMAND...: the command succeeds.
holds() {
    local what=$1 verdict=ok
    shift
    "$@" || verdict=FAILED
    [ $verdict = ok ] || failures=$((failures + 1))
    printf '%-6s  %s\n' $verdict "$what"
}
# is_true RECORDING CONDITION: so says SQL.
is_true() {
    local answer
    answer=$("$afterwake" sql "$work/$1.wake" "SELECT $2" --format csv 2> /dev/null | tail -n 1)
    [ "$answer" = true ]
}

download
make_disks
boot
holds "the kernel takes every stream, and --stack-min" grep -q '^CHECKED' "$work/console"
. tests/kernels/waits.sh
. tests/kernels/ext4dist.sh
[ $failures = 0 ]
