//! The scripts of the micro-traces; times in milliseconds.

pub const S1: &str = "
    cpus 2
    0 cpu0: C -> A S
    0 cpu1: idle -> B
    5 cpu1: B -> idle S
    10 cpu0: A -> idle S
    30 hardirq:hrtimer wakes C
    31 cpu0: idle -> C
    50 C wakes B
    53 cpu1: idle -> B
    55 cpu0: C -> idle S
    58 hardirq:hrtimer wakes X @1
    60 cpu1: B -> X preempted
    64 cpu1: X -> B S
    70 B wakes A @1
    72 cpu0: idle -> A
    75 cpu1: B -> idle S
    stop 80";

pub const S2: &str = "
    0 cpu0: idle -> P
    4 P wakes Q
    5 cpu0: P -> Q S
    11 Q wakes P
    12 cpu0: Q -> P S
    16 P wakes Q
    17 cpu0: P -> Q S
    23 Q wakes P
    24 cpu0: Q -> P S
    28 P wakes Q
    29 cpu0: P -> Q S
    35 Q wakes P
    36 cpu0: Q -> P S
    stop 38";

pub const S3: &str = "
    0 cpu0: idle -> L1
    1 cpu0: L1 -> L2 S
    2 cpu0: L2 -> L3 S
    3 cpu0: L3 -> idle S
    11 hardirq:hrtimer wakes L1
    11 cpu0: idle -> L1
    12 L1 wakes L2
    13 cpu0: L1 -> L2 S
    14 cpu0: L2 -> idle S
    24 hardirq:hrtimer wakes L2
    24 cpu0: idle -> L2
    25 L2 wakes L3
    26 cpu0: L2 -> L3 S
    27 cpu0: L3 -> idle S
    37 hardirq:hrtimer wakes L3
    37 cpu0: idle -> L3
    38 L3 wakes L1
    39 cpu0: L3 -> L1 S
    stop 40";

/// The waking comes a whole millisecond before the switch-out: the longest that is believed.
pub const S4: &str = "
    cpus 2
    0 cpu0: idle -> A
    0 cpu1: idle -> B
    9 B wakes A @1
    10 cpu0: A -> idle S
    12 cpu0: idle -> A
    stop 13";

pub const S5: &str = "
    cpus 2
    0 cpu0: idle -> A
    0 cpu1: idle -> B
    9 B wakes A @1
    10 cpu0: A -> Z preempted
    11 cpu0: Z -> A S
    12 cpu0: A -> idle S
    20 cpu0: idle -> A
    stop 21";

pub const S6: &str = "
    cpus 2
    0 cpu0: idle -> A
    0 cpu1: idle -> B
    2 cpu0: A -> idle S
    6 hardirq:hrtimer wakes A
    8 cpu0: idle -> A
    9 cpu0: A -> idle S
    14 B wakes A @1
    15 cpu0: idle -> A
    stop 16";

pub const S7: &str = "
    cpus 2
    0 cpu0: idle -> A
    0 cpu1: W -> idle S
    1 softirq:net_rx wakes W @1
    2 cpu1: idle -> W
    10 cpu0: A -> idle S
    12 cpu1: W -> Y preempted
    15 cpu1: Y -> W S
    20 W wakes A @1
    21 cpu0: idle -> A
    stop 22";

pub const S8: &str = "
    cpus 2
    0 cpu0: idle -> A
    0 cpu1: idle -> X
    2 cpu0: A -> idle S
    6 hardirq:hrtimer wakes A @1
    8 cpu0: idle -> A
    stop 10";

/// The switch-in after the first waking was not seen.
pub const S9: &str = "
    0 cpu0: idle -> A
    5 cpu0: A -> idle S
    8 hardirq:hrtimer wakes A
    15 cpu0: A -> idle S
    18 hardirq:hrtimer wakes A
    19 cpu0: idle -> A
    stop 20";

pub const S10: &str = "
    cpus 2
    0 cpu0: idle -> A
    0 cpu1: idle -> P
    5 cpu1: P -> idle S
    10 cpu0: A -> idle S
    20 hardirq:hrtimer wakes P @1
    21 cpu1: idle -> P
    40 P forks B
    42 cpu0: idle -> B
    70 B wakes A
    71 cpu1: P -> A S
    stop 80";

pub const S11: &str = "
    cpus 2
    thread old tid 7 pid 7
    thread new tid 7 pid 7
    0 cpu0: idle -> A
    0 cpu1: old -> idle S
    10 cpu0: A -> idle S
    12 hardirq:hrtimer wakes old @1
    13 cpu1: idle -> old
    14 cpu1: old -> P dead
    30 P forks new
    31 cpu1: P -> new S
    50 new wakes A @1
    51 cpu0: idle -> A
    stop 55";

pub const S12: &str = "
    cpus 2
    0 cpu0: idle -> A
    0 cpu1: idle -> B
    9 B wakes A @1
    30 cpu0: A -> idle S
    40 cpu0: idle -> A
    stop 41";

pub const TERMINALS: &str = "
    cpus 2
    0 cpu0: idle -> A
    0 cpu1: idle -> B
    1 cpu0: A -> idle S
    2 nmi wakes A
    3 cpu0: idle -> A
    4 cpu0: A -> idle S
    5 idle wakes A
    6 cpu0: idle -> A
    7 cpu0: A -> idle S
    8 hardirq wakes A
    9 cpu0: idle -> A
    10 cpu0: A -> idle S
    11 B+softirq wakes A @1
    12 cpu0: idle -> A
    stop 13";

pub const OPEN: &str = "
    asleep H
    0 cpu0: idle -> A
    2 cpu0: A -> Z preempted
    4 cpu0: Z -> A S
    5 cpu0: A -> idle S
    stop 10";
