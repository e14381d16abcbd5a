#!/usr/bin/env bash
# Records a real load for a few seconds, then asks the recording what happened. Each command is
# shown before its output. Without root it asks a recording of the same load that is kept here.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=${CARGO_TARGET_DIR:-$PWD/target}/release:$PATH

# A relay of pipes between processes, beside tar piped into gzip.
load='workload w2 > /dev/null & timeout 4 tar -cf - /usr 2> /dev/null | gzip > /dev/null; wait'
recording=demo/demo.wake

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# The command as it can be typed, then its output.
show() {
    printf '\n$ %s\n' "$*"
    bash -o pipefail -c "$*"
}
can_record() { [ "$(id -u)" = 0 ] && [ -e /sys/kernel/btf/vmlinux ]; }

if ! [ -t 1 ]; then
    say() { printf '\n%s\n' "$*"; }
fi
rm -rf demo
mkdir demo
if can_record; then
    say "A relay of pipes and tar | gzip, recorded for a few seconds"
    show "afterwake-record -o $recording -- sh -c '$load'"
else
    say "Recording needs root and a kernel with BTF: this is a kept recording of the same load"
    recording=tests/recordings/demo.wake
fi

say "What was recorded, and where the time went"
show "afterwake $recording"

say "Where threads were blocked: the last and longest stacks"
show "afterwake offcputime $recording | tail -n 40"

say "How long threads waited for a CPU"
show "afterwake runqlat $recording"

sink=$(afterwake sql "$recording" "SELECT min(pid) FROM thread WHERE comm = 'w2-sink'" --format csv | tail -n 1)
say "What the end of the relay really waited for, through the processes before it"
show "afterwake criticalpath $recording -p $sink -U -f | sort -n -k2 | tail -n 8"

tar=$(afterwake sql "$recording" "SELECT max(pid) FROM thread WHERE comm = 'tar'" --format csv | tail -n 1)
say "What tar waited for: gzip, which computes"
show "afterwake criticalpath $recording -p $tar -U -f | sort -n -k2 | tail -n 3"

say "The six flame graphs (cpi needs a machine with hardware counters, and says so elsewhere)"
for view in profile cpi offcputime wakeuptime offwaketime chaingraph; do
    # Without hardware counters there is no cpi, and it says so.
    show "afterwake $view $recording --svg demo/$view.svg" || [ "$view" = cpi ]
done

say "All of it on one page, to open in a browser"
show "afterwake report $recording -o demo/report.html"
printf '\n'
ls -l demo/*.svg demo/report.html
