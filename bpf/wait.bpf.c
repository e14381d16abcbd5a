/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Waits: a row per scheduling round trip of a thread. */

#include "recognise.h"
#include "thread.h"

/* A waking this much before the switch-out belonged to a sleep that was cancelled. */
#define EARLY_MAX_NS 1000000

/* The task that this CPU went to last, to notice switches that were not seen. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} last_next SEC(".maps");

static __always_inline bool is_voluntary(struct wait_event *wait)
{
	return !wait->preempted && wait->state;
}

static __always_inline void forget_waking(struct wait_event *wait)
{
	wait->woken_ts = 0;
	wait->waker = 0;
	wait->waker_seq = NO_SEQ;
	wait->waker_kstack = 0;
	wait->waker_ustack = 0;
	wait->waker_cpu = NO_CPU;
	wait->waker_context = 0;
	wait->born = 0;
}

/* Everything but the waking, which may have come before the switch-out. */
static __always_inline void begin_wait(struct thread *thread)
{
	struct wait_event *wait = &thread->wait;
	wait->stream = STREAM_WAIT;
	wait->thread = thread->number;
	wait->seq += 1;
	wait->ran_ns = NO_NS;
	wait->on_ts = 0;
	wait->on_cpu = NO_CPU;
	wait->off_ts = 0;
	wait->off_cpu = NO_CPU;
	wait->kstack = 0;
	wait->ustack = 0;
	wait->state = 0;
	wait->preempted = 0;
	wait->iowait = 0;
	wait->syscall = NO_SYSCALL;
}

static __always_inline void own_stacks(void *ctx, struct wait_event *wait,
				       struct task_struct *current, enum moment moment)
{
	struct workplace_memory *memory = workplace(WORKPLACE_SCHED);
	if (!memory)
		return;
	wait->kstack = kernel_stack(ctx, memory, current, moment);
	/* A CPU can be taken away at any instruction: such user stacks are samples, and never the same twice. */
	if (is_voluntary(wait))
		wait->ustack = user_stack(ctx, memory, current);
}

/* Closes the wait when its thread is back; its waking is no longer of use. */
static __always_inline void submit_wait(struct thread *thread)
{
	submit(STREAM_WAIT, &thread->wait, sizeof(thread->wait));
	forget_waking(&thread->wait);
	thread->phase = PHASE_RUNNING;
}

static __always_inline void switch_out(void *ctx, struct task_struct *prev, __u64 ts, bool preempt,
				       __u32 state)
{
	struct thread *thread = thread_of(prev, ts);
	if (!thread || thread->excluded)
		return;
	struct wait_event *wait = &thread->wait;
	__u8 phase = thread->phase;
	/* Back on a CPU unseen: its wait is sent as it stands, without an end, or without the stacks. */
	if (phase == PHASE_OFF || phase == PHASE_RETURNED)
		submit_wait(thread);
	begin_wait(thread);
	if (phase == PHASE_RUNNING || phase == PHASE_RETURNED)
		wait->ran_ns = ts - thread->since;
	wait->off_ts = ts;
	wait->off_cpu = bpf_get_smp_processor_id();
	wait->state = state;
	wait->preempted = preempt;
	wait->iowait = BPF_CORE_READ_BITFIELD(prev, in_iowait);
	if (!(prev->flags & PF_KTHREAD)) {
		long number = SYSCALL_NUMBER((struct pt_regs *)bpf_task_pt_regs(prev));
		if (number >= 0 && number < 0x7fff)
			wait->syscall = number;
	}
	if (!settings.stack_min_ns)
		own_stacks(ctx, wait, prev, MOMENT_OUT);
	if (!preempt && (state & TASK_DEAD)) {
		submit_wait(thread);
		thread->phase = PHASE_DEAD;
	} else {
		thread->phase = PHASE_OFF;
	}
}

static __always_inline void switch_in(struct task_struct *next, __u64 ts)
{
	struct thread *thread = thread_of(next, ts);
	if (!thread || thread->excluded)
		return;
	struct wait_event *wait = &thread->wait;
	thread->since = ts;
	if (thread->phase == PHASE_RUNNING) {
		/* Its switch-out was not seen: the gap in seq says so. */
		wait->seq += 1;
		forget_waking(wait);
		return;
	}
	if (thread->phase == PHASE_OFF) {
		bool stale = wait->woken_ts && wait->woken_ts + EARLY_MAX_NS < wait->off_ts;
		if (!is_voluntary(wait) || stale)
			forget_waking(wait);
	} else {
		begin_wait(thread);
	}
	if (is_voluntary(wait) || wait->woken_ts)
		thread->voluntary_seq = wait->seq;
	wait->on_ts = ts;
	wait->on_cpu = bpf_get_smp_processor_id();
	thread->phase = PHASE_RETURNED;
	if (!settings.stack_min_ns)
		submit_wait(thread);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	__u32 zero = 0;
	__u64 *last = bpf_map_lookup_elem(&last_next, &zero);
	if (last) {
		if (*last && *last != (__u64)prev)
			count(COUNTER_SWITCH);
		*last = (__u64)next;
	}
	if (prev->pid)
		switch_out(ctx, prev, ts, preempt, prev_state);
	if (next->pid)
		switch_in(next, ts);
	return 0;
}

/*
 * With a threshold, the stacks wait until the length of the wait is known: here the thread is on
 * the CPU again and its memory can be read. Attached only then.
 */
static __always_inline int switched(void *ctx, enum moment moment)
{
	struct task_struct *current = bpf_get_current_task_btf();
	if (!current->pid)
		return 0;
	struct thread *thread = bpf_task_storage_get(&threads, current, 0, 0);
	if (!thread || thread->phase != PHASE_RETURNED)
		return 0;
	struct wait_event *wait = &thread->wait;
	if (wait->off_ts && wait->on_ts - wait->off_ts >= settings.stack_min_ns)
		own_stacks(ctx, wait, current, moment);
	submit_wait(thread);
	return 0;
}

SEC("tp_btf/sched_exit_tp")
int BPF_PROG(on_switched)
{
	return switched(ctx, MOMENT_OUT);
}

/* At the first function that the thread calls, where the kernel has no such tracepoint. */
SEC("kprobe")
int on_finish_switch(struct pt_regs *ctx)
{
	return switched(ctx, MOMENT_PROBED);
}

/* The current task, or an interrupt on it, makes `task` runnable. */
static __always_inline void wake(void *ctx, struct task_struct *task, bool born)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return;
	struct thread *thread = thread_of(task, ts);
	if (!thread || thread->excluded)
		return;
	struct task_struct *current = bpf_get_current_task_btf();
	struct workplace_memory *memory = workplace(WORKPLACE_SCHED);
	if (!memory)
		return;
	struct wait_event *wait = &thread->wait;
	bool walk = !settings.stack_min_ns || (wait->off_ts && ts - wait->off_ts >= settings.stack_min_ns);
	__u64 kstack = walk ? kernel_stack(ctx, memory, current, MOMENT_WAKING) : 0;
	bool in_interrupt = kstack & STACK_IN_INTERRUPT;
	__u8 context = context_of(current, in_interrupt);
	if (context == CONTEXT_TASK && task == current)
		return; /* a sleep that is cancelled before it begins */

	struct thread *waker = NULL;
	/* A softirq that the task's own call raised is the task's doing; one on an interrupt's way out is not. */
	if (context == CONTEXT_TASK || (context == CONTEXT_SOFTIRQ && !in_interrupt && current->pid))
		waker = thread_of(current, ts);
	if (waker && context == CONTEXT_SOFTIRQ && waker->is_ksoftirqd)
		waker = NULL;

	wait->woken_ts = ts;
	wait->waker = waker ? waker->number : 0;
	wait->waker_seq = waker ? waker->voluntary_seq : NO_SEQ;
	wait->waker_kstack = kstack;
	wait->waker_ustack = waker && walk ? user_stack(ctx, memory, current) : 0;
	wait->waker_cpu = bpf_get_smp_processor_id();
	wait->waker_context = context;
	wait->born = born;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *task)
{
	wake(ctx, task, false);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_born, struct task_struct *task)
{
	wake(ctx, task, true);
	return 0;
}
