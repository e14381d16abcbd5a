/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The waits and runs that the end of the recording cuts: one pass over all threads. */

#include "stack.h"
#include "thread.h"

static __always_inline void sleeping_stack(struct wait_event *wait, struct task_struct *task)
{
	struct workplace_memory *memory = workplace(WORKPLACE_STOP);
	if (memory)
		wait->kstack = intern_kernel(
			memory, bpf_get_task_stack(task, memory->frames, MAX_FRAMES * 8, 0), 0);
}

SEC("iter/task")
int on_stop(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	if (!task || !task->pid || task->exit_state)
		return 0;
	struct thread *thread = thread_of(task, interval.stop_ts);
	if (!thread || thread->excluded || thread->phase == PHASE_DEAD)
		return 0;
	struct wait_event *wait = &thread->wait;
	if (thread->phase == PHASE_OFF) {
		if (wait->preempted || !wait->state)
			wait->woken_ts = 0;
		if (!wait->kstack)
			sleeping_stack(wait, task);
	} else {
		/* Never seen, or running: then the story of this row is only its last run. */
		bool runs = thread->phase != PHASE_UNKNOWN || task->on_cpu;
		__u64 since = thread->phase == PHASE_UNKNOWN ? interval.start_ts : thread->since;
		wait->stream = STREAM_WAIT;
		wait->thread = thread->number;
		wait->seq += 1;
		wait->ran_ns = runs ? interval.stop_ts - since : NO_NS;
		wait->off_ts = runs ? interval.stop_ts : 0;
		wait->on_ts = 0;
		wait->on_cpu = wait->off_cpu = NO_CPU;
		wait->state = runs ? 0 : task->__state;
		wait->preempted = 0;
		wait->iowait = BPF_CORE_READ_BITFIELD(task, in_iowait);
		wait->syscall = NO_SYSCALL;
		wait->kstack = wait->ustack = 0;
		if (runs)
			wait->woken_ts = 0;
		else
			sleeping_stack(wait, task);
	}
	if (!wait->woken_ts) {
		wait->waker = 0;
		wait->waker_seq = NO_SEQ;
		wait->waker_kstack = wait->waker_ustack = 0;
		wait->waker_cpu = NO_CPU;
		wait->waker_context = 0;
		wait->born = 0;
	}
	wait->open = 1;
	submit(STREAM_WAIT, wait, sizeof(*wait));
	thread->phase = PHASE_DEAD;
	return 0;
}
