# The load of files as the recordings have it, beside what ext4dist of libbpf-tools saw. Sourced by tests/kernels.sh.
#
# Nobody else is on that file system, and both watch from before the load begins until after its end: the
# interval has no edges here, and no difference in the counts is tolerated. The durations are of two things:
# ext4dist times the function of the file system, the recording the system call around it. So the n-th fastest
# call is never in a lower bucket than the n-th fastest function; and nine of ten reads, writes and syncs are in
# the same bucket or the next. Of an open most is the search for the path, which is no function of ext4.

# What the load says of itself: a line `operation count` each.
told() {
    awk -F '[{",:}]+' '
        { for (at = 2; at < NF; at += 2) figure[$at] = $(at + 1) }
        END {
            print "fsync", figure["syncs"] + figure["large_syncs"]
            print "open", figure["opens"] + figure["unlinks"] + figure["large_opens"]
            print "read", figure["reads"] + figure["large_reads"]
            print "write", figure["writes"] + figure["large_writes"]
        }' "$work/$1.truth"
}
# What either saw: a line `operation bucket` for every event, sorted. Here is no view of getattr.
live() {
    awk '
        /^operation/ { gsub(/[^a-z]/, "", $3); operation = $3 }
        $2 == "->" && operation != "getattr" { for (left = $5; left > 0; left--) print operation, $1 }
        ' "$work/$1.ext4dist" | sort -k 1,1 -k 2,2n
}
recorded() {
    "$afterwake" ext4dist "$work/$1.wake" --format csv 2> /dev/null |
        awk -F , 'NR > 1 { for (left = $4; left > 0; left--) print $1, $3 }' | sort -k 1,1 -k 2,2n
}
totals() { cut -d ' ' -f 1 | uniq -c | awk '{ print $2, $1 }'; }

same_counts() { diff <(told "$1") <(live "$1" | totals) && diff <(told "$1") <(recorded "$1" | totals); }
# at_most SHARE NAME CONDITION: of each operation; the condition is on a line `operation function operation call`
# with the buckets of equal rank.
at_most() {
    paste -d ' ' <(live "$2") <(recorded "$2") | awk -v share="$1" "
        { all[\$1]++; such[\$1] += ($3) }
        END {
            for (operation in all) if (such[operation] > share * all[operation]) {
                print such[operation], \"of\", all[operation], operation
                failed = 1
            }
            exit failed || !NR
        }"
}

for name in rows sums; do
    holds "$name: ext4dist and the recording have what the load did: $(told $name | paste -s -d ,)" same_counts $name
    holds "$name: no call is shorter than the function in it" at_most 0 $name '$4 < $2'
    holds "$name: reads, writes and syncs last about as long as the function" \
        at_most 0.1 $name '$1 != "open" && $4 > ($2 ? 2 * $2 : 2)'
done
holds "rows: every call has a row" is_true rows "NOT bool_or(summed) FROM file_ops WHERE fs = 'ext4'"
holds "sums: calls shorter than 1 ms have none, and longer ones have" is_true sums \
    "bool_and(summed = (duration_ns < 1000000)) AND bool_or(summed) AND NOT bool_and(summed)
     FROM file_ops WHERE fs = 'ext4' AND op <> 'open'"
