# The load of pipes and timers as the recordings have it. Sourced by tests/kernels.sh.

has_chain() { "$afterwake" chaingraph "$work/$1.wake" -f 2> /dev/null |
    grep 'w2-sink.*w2-r2.*w2-r1.*w2-src' > /dev/null; }

recognised="sum(runs) FILTER (WHERE what = 'kernel stacks recognised')"
for name in all long; do
    holds "$name: more than 10,000 waits" is_true $name "count(*) > 10000 FROM wait"
    holds "$name: wakings by tasks, softirqs and hardirqs" is_true $name \
        "count(DISTINCT waker_context) = 3 FROM wait WHERE waker_context IN ('task', 'softirq', 'hardirq')"
    holds "$name: a task is known and linked, a hardirq names none" is_true $name \
        "avg(CASE waker_context WHEN 'task' THEN CAST(waker_seq IS NOT NULL AS INT) ELSE CAST(waker IS NULL AS INT) END) > 0.99
         FROM wait WHERE waker_context IN ('task', 'hardirq')"
    holds "$name: every wait has the name of its thread" is_true $name "count(*) = 0 FROM wait WHERE comm = ''"
    holds "$name: chains lead through the whole relay" has_chain $name
    holds "$name: no gap in the numbers of a thread's waits" is_true $name \
        "count(*) = 0 FROM (SELECT seq - lag(seq) OVER (PARTITION BY thread ORDER BY seq) AS step FROM wait) WHERE step > 1"
    # Where a CPU was taken away, the stack is seldom a known one; on a slow machine more such waits are long.
    holds "$name: kernel stacks are recognised" is_true $name \
        "$recognised > sum(runs) FILTER (WHERE what = 'kernel stacks walked') FROM cost"
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
