/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Interrupts that were served, on idle CPUs too: what is shorter than the threshold, only summed.
 *
 * Hardware interrupts are those with a handler and a name. The CPU's own, the local timer and calls
 * from other CPUs, have vectors and no handler on x86, and other tools leave them out as well.
 */

#include "context.h"
#include "rest.h"
#include "thread.h"

enum interrupt { INTERRUPT_SOFT, INTERRUPT_HARD, INTERRUPT_COUNT };

/* When the one in service began: a hardware interrupt may come within a software interrupt. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, INTERRUPT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} interrupts SEC(".maps");

static __always_inline void enter_interrupt(__u32 interrupt)
{
	__u64 *since = bpf_map_lookup_elem(&interrupts, &interrupt), ts = bpf_ktime_get_ns();
	if (since)
		*since = is_recorded(ts) ? ts : 0;
}

/* When it began; 0 where that was not seen, or the recording is over. */
static __always_inline __u64 leave_interrupt(__u32 interrupt, __u64 ts)
{
	__u64 *since = bpf_map_lookup_elem(&interrupts, &interrupt), begun;
	if (!since)
		return 0;
	begun = *since;
	*since = 0;
	return is_recorded(ts) ? begun : 0;
}

/* The thread that the CPU was borrowed from. */
static __always_inline __u32 borrowed_from(__u64 ts)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct thread *thread = current->pid ? thread_of(current, ts) : NULL;
	return thread ? thread->number : 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(on_softirq)
{
	enter_interrupt(INTERRUPT_SOFT);
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(on_softirq_end, unsigned int vector)
{
	__u64 ts = bpf_ktime_get_ns(), begun = leave_interrupt(INTERRUPT_SOFT, ts);
	if (!begun)
		return 0;
	__u64 duration_ns = ts - begun;
	if (duration_ns < settings.min_ns[SOURCE_SOFTIRQ]) {
		add_to_rest(SOURCE_SOFTIRQ, 0, vector, 0, NULL, duration_ns, 0, false, ts);
		return 0;
	}
	struct softirq_event event = {
		.stream = STREAM_SOFTIRQ,
		.thread = borrowed_from(ts),
		.ts = begun,
		.duration_ns = duration_ns,
		.cpu = bpf_get_smp_processor_id(),
		.vector = vector,
	};
	submit(STREAM_SOFTIRQ, &event, sizeof(event));
	return 0;
}

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(on_hardirq)
{
	enter_interrupt(INTERRUPT_HARD);
	return 0;
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(on_hardirq_end, int irq, struct irqaction *action)
{
	__u64 ts = bpf_ktime_get_ns(), begun = leave_interrupt(INTERRUPT_HARD, ts);
	if (!begun)
		return 0;
	__u64 duration_ns = ts - begun;
	char name[32] __attribute__((aligned(8))) = {};
	bpf_probe_read_kernel_str(name, sizeof(name), action->name);
	if (duration_ns < settings.min_ns[SOURCE_HARDIRQ]) {
		add_to_rest(SOURCE_HARDIRQ, 0, irq, 0, name, duration_ns, 0, false, ts);
		return 0;
	}
	struct hardirq_event event = {
		.stream = STREAM_HARDIRQ,
		.thread = borrowed_from(ts),
		.ts = begun,
		.duration_ns = duration_ns,
		.irq = irq,
		.cpu = bpf_get_smp_processor_id(),
	};
	__builtin_memcpy(event.name, name, sizeof(name));
	submit(STREAM_HARDIRQ, &event, sizeof(event));
	return 0;
}
