/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* One ring per CPU. A full ring never blocks: the record is counted and gone. */
#pragma once

#include "settings.h"

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* the number of CPUs, set before the load */
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

/* Counters beside the streams' own. */
enum counter {
	COUNTER_SWITCH = STREAM_COUNT, /* switches that were not seen */
	COUNTER_BUSY, /* a thread's state could not be had */
	COUNTER_EVICTED, /* stacks sent again since the filter forgot them */
	COUNTER_RECOGNISED, /* kernel stacks recognised without a walk */
	COUNTER_WALKED, /* kernel stacks walked */
	COUNTER_MISTAKEN, /* of the recognised ones that were walked to check: wrong */
	COUNTER_COUNT,
};

/* Indexed by stream: records that found the ring full; then by counter. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTER_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);
	if (value)
		*value += 1;
}

/* Puts one record on this CPU's ring; false where it found no room. */
static __always_inline bool offer(void *record, __u64 size)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	if (!ring)
		return false;
	__u64 held = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
	/* Once at the mark, not at every record beyond it. */
	bool wake = held >= settings.ring_wakeup_bytes && held < settings.ring_wakeup_bytes + 2 * size;
	__u64 flags = wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	return !bpf_ringbuf_output(ring, record, size, flags);
}

/* The same, where there is no second chance: what found no room is counted. */
static __always_inline bool submit(__u32 stream, void *record, __u64 size)
{
	if (offer(record, size))
		return true;
	count(stream);
	return false;
}
