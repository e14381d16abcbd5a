/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Samples of busy CPUs, with cycles and instructions beside them where the machine counts them. */

#include "stack.h"
#include "thread.h"

/* Linux hands the program its registers and the sample. */
struct bpf_perf_event_data;

#define COUNTED 2 /* cycles, instructions */

/* Counters of each CPU: cpu * COUNTED + which. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} cycles_counter SEC(".maps"), instructions_counter SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTED);
	__type(key, __u32);
	__type(value, __u64);
} counted_before SEC(".maps");

static __always_inline __u64 counted_since(void *counters_of_cpus, __u32 which)
{
	struct bpf_perf_event_value now = {};
	if (bpf_perf_event_read_value(counters_of_cpus, BPF_F_CURRENT_CPU, &now, sizeof(now)))
		return NO_COUNT;
	__u64 *before = bpf_map_lookup_elem(&counted_before, &which);
	if (!before)
		return NO_COUNT;
	__u64 since = *before ? now.counter - *before : NO_COUNT;
	*before = now.counter;
	return since;
}

/* Runnable threads that wait for this CPU; the one that it runs is not among them. */
static __always_inline __u16 queued_behind(struct task_struct *current)
{
	if (!bpf_core_field_exists(current->se.cfs_rq))
		return NO_LENGTH;
	struct rq *rq = current->se.cfs_rq->rq;
	__u32 running = rq->nr_running, asleep = 1;
	/* Linux may keep threads that sleep in the queue until their share is used up. */
	if (bpf_core_field_exists(rq->cfs.h_nr_runnable))
		asleep += rq->cfs.h_nr_queued - rq->cfs.h_nr_runnable;
	return running > asleep ? running - asleep : 0;
}

SEC("perf_event")
int on_sample(struct bpf_perf_event_data *ctx)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	__u64 cycles = NO_COUNT, instructions = NO_COUNT;
	if (settings.has_counters) {
		/* Also on idle samples, so that the next busy one does not inherit their cycles. */
		cycles = counted_since(&cycles_counter, 0);
		instructions = counted_since(&instructions_counter, 1);
	}
	struct task_struct *current = bpf_get_current_task_btf();
	if (!current->pid || current->tgid == settings.recorder_pid)
		return 0;
	struct thread *thread = thread_of(current, ts);
	struct workplace_memory *memory = workplace(WORKPLACE_SAMPLE);
	if (!thread || !memory)
		return 0;
	struct sample_event event = {
		.stream = STREAM_SAMPLE,
		.thread = thread->number,
		.ts = ts,
		.cycles = cycles,
		.instructions = instructions,
		.cpu = bpf_get_smp_processor_id(),
		.queued = queued_behind(current),
	};
	long bytes = bpf_get_stack(ctx, memory->frames, MAX_FRAMES * 8, 0);
	event.kstack = intern_kernel(memory, bytes, 0);
	event.ustack = user_stack(ctx, memory, current);
	submit(STREAM_SAMPLE, &event, sizeof(event));
	return 0;
}
