/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Write-back: a row per turn of a piece of work, from writeback_start to writeback_written.
 *
 * Large work takes several turns, and each is a row: `asked` is what was left to write when the
 * turn began, `written` what it wrote.
 */

#include "thread.h"

/* Threads that can be at it at one time. */
#define MAX_WRITEBACKS 1024

/* Turns under way, by the number of the thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_WRITEBACKS);
	__type(key, __u32);
	__type(value, struct writeback_event);
} writebacks SEC(".maps");

#define REASON(name)                                                       \
	if (bpf_core_enum_value_exists(enum wb_reason, WB_REASON_##name) && \
	    reason == bpf_core_enum_value(enum wb_reason, WB_REASON_##name)) \
		return WRITEBACK_##name

/* The kernel renumbers them as reasons come and go. */
static __always_inline __u8 reason_of(__u32 reason)
{
	REASON(BACKGROUND);
	REASON(VMSCAN);
	REASON(SYNC);
	REASON(PERIODIC);
	REASON(LAPTOP_TIMER);
	REASON(FS_FREE_SPACE);
	REASON(FORKER_THREAD);
	REASON(FOREIGN_FLUSH);
	return 0;
}

SEC("tp_btf/writeback_start")
int BPF_PROG(on_writeback, struct bdi_writeback *writeback, struct wb_writeback_work *work)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	struct thread *thread = thread_of(bpf_get_current_task_btf(), ts);
	if (!thread || thread->excluded)
		return 0;
	struct writeback_event event = {
		.stream = STREAM_WRITEBACK,
		.thread = thread->number,
		.ts = ts,
		.duration_ns = NO_NS,
		.asked = work->nr_pages,
		.name = "(unknown)",
		.reason = reason_of(work->reason),
	};
	struct backing_dev_info *device = writeback->bdi;
	/* The name outlives the device that it belonged to. */
	if (device->dev)
		bpf_probe_read_kernel_str(event.name, sizeof(event.name), device->dev_name);
	if (bpf_map_update_elem(&writebacks, &event.thread, &event, BPF_ANY))
		count(STREAM_WRITEBACK);
	return 0;
}

SEC("tp_btf/writeback_written")
int BPF_PROG(on_written, struct bdi_writeback *writeback, struct wb_writeback_work *work)
{
	__u64 ts = bpf_ktime_get_ns();
	struct task_struct *current = bpf_get_current_task_btf();
	struct thread *thread = is_recorded(ts) ? thread_of(current, ts) : NULL;
	if (!thread)
		return 0;
	__u32 number = thread->number;
	struct writeback_event *event = bpf_map_lookup_elem(&writebacks, &number);
	if (!event)
		return 0;
	event->duration_ns = ts - event->ts;
	event->written = event->asked - work->nr_pages;
	submit(STREAM_WRITEBACK, event, sizeof(*event));
	bpf_map_delete_elem(&writebacks, &number);
	return 0;
}

static long submit_writeback(void *map, __u32 *key, struct writeback_event *event, void *nothing)
{
	submit(STREAM_WRITEBACK, event, sizeof(*event));
	return 0;
}

SEC("iter/task")
int on_stop_writeback(struct bpf_iter__task *ctx)
{
	/* Once: the end of the list. */
	if (!ctx->task)
		bpf_for_each_map_elem(&writebacks, submit_writeback, NULL, 0);
	return 0;
}
