#!/usr/bin/env bash
# Records inside another kernel and checks the recording: `tests/kernels.sh PACKAGE [DIRECTORY]`.
#
#   PACKAGE    a Debian kernel package, such as linux-image-6.1.0-56-cloud-amd64-unsigned;
#              `apt-cache search --names-only '^linux-image-.*-cloud-amd64-unsigned'` lists them
#   DIRECTORY  where the kernel, the console and the recordings stay (default: a temporary one)
#
# The kernel boots in qemu from a disk in memory that holds busybox, the recorder and a load, and
# hands the recordings back over its second serial port. Needs `make build` and, from Debian,
# qemu-system-x86, busybox-static and cpio. No part of `make test`, since it downloads a kernel.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=${CARGO_TARGET_DIR:-$PWD/target}/release
afterwake=$programs/afterwake

fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}
[ $# -ge 1 ] || fail "no kernel package given" "see the head of tests/kernels.sh"
for tool in qemu-system-x86_64 busybox cpio apt-get dpkg; do
    command -v "$tool" > /dev/null || fail "$tool is missing" \
        "apt-get install qemu-system-x86 busybox-static cpio"
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

# What the guest does, as its first process.
write_init() {
    cat << 'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
# Pipes, sockets, timers, and programs that come and go.
cat > /load << 'LOAD'
for name in w2 w3 w8 sleeps; do
    workload $name > /dev/null &
done
for turn in $(seq 100); do
    echo line | cat | gzip > /dev/null
    sleep 0.01
done
wait
LOAD
uname -a
afterwake-record --check && echo CHECKED
afterwake-record -q -o /tmp/all.wake -- sh /load
afterwake-record -q -o /tmp/long.wake --stack-min 1ms -- sh /load
stty -F /dev/ttyS1 raw
tar -C /tmp -czf /dev/ttyS1 all.wake long.wake
poweroff -f
INIT
}

# The guest's disk: each program lies with its libraries where they are here.
make_disk() {
    local root=$work/root file
    rm -rf "$root"
    mkdir -p "$root"/{bin,dev,proc,sys,tmp,lib64}
    install "$(command -v busybox)" "$root/bin/busybox"
    install "$programs/workload" "$root/bin"
    install --strip "$programs/afterwake-record" "$root/bin"
    for file in $(ldd "$programs/afterwake-record" "$programs/workload" |
        grep -oE '/[^ :]+\.so[^ :]*' | sort -u); do
        install -D "$file" "$root$file"
    done
    write_init > "$root/init"
    chmod +x "$root/init"
    (cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) > "$work/disk.gz"
}

# One thread for both CPUs: with a thread each, qemu may let a CPU run into the breakpoint by which the
# other changes the kernel's code (as when a tracepoint is switched on) after that change is over.
boot() {
    rm -f "$work/handed-back"
    timeout 300 qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m 2G \
        -kernel "$work"/kernel/boot/vmlinuz-* -initrd "$work/disk.gz" \
        -append "console=ttyS0 quiet panic=-1" -no-reboot -display none -monitor none \
        -serial "file:$work/console" -serial "file:$work/handed-back" ||
        fail "the kernel did not come to its end" "see $work/console"
    tr -d '\r' < "$work/console" | grep -v '^\[ '
    rm -rf "$work"/*.wake
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
has_chain() { "$afterwake" chaingraph "$work/$1.wake" -f 2> /dev/null |
    grep 'w2-sink.*w2-r2.*w2-r1.*w2-src' > /dev/null; }

examine() {
    local name recognised="sum(runs) FILTER (WHERE what = 'kernel stacks recognised')"
    holds "the kernel takes every stream, and --stack-min" grep -q '^CHECKED' "$work/console"
    for name in all long; do
        holds "$name: more than 10,000 waits" is_true $name "count(*) > 10000 FROM wait"
        holds "$name: wakings by tasks, softirqs and hardirqs" is_true $name \
            "count(DISTINCT waker_context) = 3 FROM wait WHERE waker_context IN ('task', 'softirq', 'hardirq')"
        holds "$name: a task is known and linked, a hardirq names none" is_true $name \
            "avg(CASE waker_context WHEN 'task' THEN CAST(waker_seq IS NOT NULL AS INT) ELSE CAST(waker IS NULL AS INT) END) > 0.99
             FROM wait WHERE waker_context IN ('task', 'hardirq')"
        holds "$name: chains lead through the whole relay" has_chain $name
        holds "$name: no gap in the numbers of a thread's waits" is_true $name \
            "count(*) = 0 FROM (SELECT seq - lag(seq) OVER (PARTITION BY thread ORDER BY seq) AS step FROM wait) WHERE step > 1"
        holds "$name: kernel stacks are recognised" is_true $name \
            "$recognised > 2 * sum(runs) FILTER (WHERE what = 'kernel stacks walked') FROM cost"
        holds "$name: and none is mistaken" is_true $name "count(*) = 0 FROM lost WHERE reason = 'stack'"
        holds "$name: kernel stacks begin in __schedule" is_true $name \
            "min(name) = '__schedule' AND max(name) = '__schedule' FROM wait JOIN stack ON kstack = stack.id
             JOIN frame ON frame.id = frames[1] WHERE NOT open"
        holds "$name: every kernel frame has a name" is_true $name \
            "count(*) > 100 AND count(name) = count(*) FROM frame WHERE space = 'kernel'"
    done
    holds "all: every wait has a stack" is_true all \
        "count(*) = 0 FROM wait WHERE off_ts IS NOT NULL AND on_ts IS NOT NULL AND kstack IS NULL"
    holds "long: waits from 1 ms on have a stack, and no others" is_true long \
        "count(*) = 0 FROM wait WHERE off_ts IS NOT NULL AND on_ts IS NOT NULL
         AND (on_ts - off_ts >= 1000000) <> (kstack IS NOT NULL)"
    [ $failures = 0 ]
}

download
make_disk
boot
examine
