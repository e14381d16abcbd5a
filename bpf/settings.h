/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the recorder decides before the load, and the recorded interval. */
#pragma once

#include "kernel.h"

#include "events.h"

/* One more than the last SOURCE_* of events.h. */
#define SOURCE_COUNT 10

/* Mirrored by recorder/src/probes/settings.rs. */
struct settings {
	/* A ring that holds more than this wakes the recorder; below, its timer is enough. */
	__u64 ring_wakeup_bytes;
	/* Stacks are walked for waits of at least this length. */
	__u64 stack_min_ns;
	/* The function that calls all system calls, and puts a random gap on the stack. */
	__u64 syscall_start, syscall_end;
	/* Code through which an interrupt enters the kernel. */
	__u64 irq_entry_start, irq_entry_end;
	/* Offsets in the per-CPU area, from the kernel's BTF; 0 where there is none of that name. */
	__u64 percpu_runqueues, percpu_preempt_count, percpu_irq_stack;
	/* By SOURCE_*: what is shorter has no row of its own, and is summed in `rest`. */
	__u64 min_ns[SOURCE_COUNT];
	/* The recorder's own process, which is not recorded. */
	__u32 recorder_pid;
	/* The machine has counters of cycles and instructions. */
	__u32 has_counters;
	/* Rows of `exec` and `rename` are wanted; who a thread is now is always told. */
	__u32 has_exec, has_rename;
	/* Text that stays in the kernel: arguments of programs; names of files and of unix sockets. */
	__u32 no_args, no_paths;
};

const volatile struct settings settings SEC(".rodata.settings") = {};

/*
 * The recorded interval, set when all probes are attached, and when they are about to go: all
 * rows are cut at the same two instants, whatever the order of attaching.
 */
struct interval {
	__u64 start_ts, stop_ts;
};

volatile struct interval interval SEC(".data.interval") = {
	.start_ts = ~0ULL,
	.stop_ts = ~0ULL,
};

static __always_inline bool is_recorded(__u64 ts)
{
	return ts >= interval.start_ts && ts < interval.stop_ts;
}
