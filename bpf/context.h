/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What runs on this CPU now: a task, or an interrupt that only borrows it. */
#pragma once

#include "settings.h"

#define PREEMPT_NMI 0x00f00000
#define PREEMPT_HARDIRQ 0x000f0000
/* The bit of a softirq being served; a mask of 0xff00 would include sections with softirqs off. */
#define PREEMPT_SOFTIRQ 0x00000100

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} pointer SEC(".maps");

/* A pointer as a number: the verifier forgets what it points to on the way through memory. */
static __always_inline __u64 number_of(const void *value)
{
	__u32 zero = 0;
	volatile __u64 *place = bpf_map_lookup_elem(&pointer, &zero);
	if (!place)
		return 0;
	*place = (__u64)value;
	return *place;
}

/*
 * This CPU's area of per-CPU variables. No symbol of it can be had without CONFIG_KALLSYMS_ALL, but
 * the current task's run queue is one of those variables, and BTF tells where each of them lies.
 */
static __always_inline __u64 percpu_area(struct task_struct *current)
{
	return number_of(current->se.cfs_rq->rq) - settings.percpu_runqueues;
}

static __always_inline __u32 preempt_count(struct task_struct *current)
{
	__u32 value = 0;
	bpf_probe_read_kernel(&value, sizeof(value),
			      (void *)(percpu_area(current) + settings.percpu_preempt_count));
	return value;
}

/* CONTEXT_*; without the kernel's counter, `in_interrupt` from the stack has to do. */
static __always_inline __u8 context_of(struct task_struct *current, bool in_interrupt)
{
	if (settings.percpu_preempt_count) {
		__u32 value = preempt_count(current);
		if (value & PREEMPT_NMI)
			return CONTEXT_NMI;
		if (value & PREEMPT_HARDIRQ)
			return CONTEXT_HARDIRQ;
		if (value & PREEMPT_SOFTIRQ)
			return CONTEXT_SOFTIRQ;
	} else if (in_interrupt) {
		return CONTEXT_HARDIRQ;
	}
	return current->pid ? CONTEXT_TASK : CONTEXT_IDLE;
}
