/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* All probes as one object, since they share rings, threads and stacks. */

#include "wait.bpf.c"
#include "sample.bpf.c"
#include "process.bpf.c"
#include "stop.bpf.c"
#include "call.bpf.c"
#include "block.bpf.c"
#include "signal.bpf.c"
#include "writeback.bpf.c"
#include "irq.bpf.c"
#include "page_cache.bpf.c"
#include "rest.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
