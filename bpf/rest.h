/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Exact sums of what has no row of its own, per second, kind and bucket of its duration.
 *
 * Each CPU adds up in a small table of its own. A sum is submitted when another kind needs its
 * place, or soon after its second is over; what is left then, the stop submits (rest.bpf.c).
 */
#pragma once

#include "ring.h"

#define SECOND_NS 1000000000ULL

#define MOST_CPUS 8192
#define REST_WAYS 4
#define REST_SETS 64 /* a power of two; the whole table must stay below 32 KiB, the most per CPU */

struct rest_sums {
	/* Begin of the second that this CPU is in. */
	__u64 second;
	/* Held while a sum is changed: an interrupt that comes between must not change it too. */
	__u32 held;
	/* Sets beneath this one hold no sum of an earlier second. */
	__u32 swept;
	/* Which sum of a full set gives way next. */
	__u32 victim;
	__u32 pad;
	struct rest_event sums[REST_SETS][REST_WAYS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct rest_sums);
} rest_sums SEC(".maps");

/* The greatest power of two that is not above a number, as its exponent. */
static __always_inline __u32 log2_of(__u64 number)
{
	__u32 exponent = 0;
	for (__u32 bits = 32; bits; bits /= 2) {
		if (number >> bits) {
			number >>= bits;
			exponent += bits;
		}
	}
	return exponent;
}

/*
 * Where the bucket begins that a duration shares with its like, be they counted in ns, us or ms.
 * Buckets begin at powers of two of each unit. Between 2^n and 2^(n+1) ns that is at most once in
 * us, at 1.95 * 2^n, and once in ms, at 1.91 * 2^n; 0 and 1 of a unit share a bucket.
 */
static __always_inline __u64 least_of(__u64 duration_ns)
{
	if (!duration_ns)
		return 0;
	__u32 exponent = log2_of(duration_ns);
	if (exponent >= 10) {
		__u64 us = 1000ULL << (exponent - 9);
		if (duration_ns >= us)
			return us;
	}
	if (exponent >= 20) {
		__u64 ms = 1000000ULL << (exponent - 19);
		if (duration_ns >= ms)
			return ms;
	}
	return 1ULL << exponent;
}

static __noinline int submit_sum(struct rest_event *sum)
{
	if (sum->ts)
		submit(STREAM_REST, sum, sizeof(*sum));
	sum->ts = 0; /* free */
	return 0;
}

static __always_inline bool is_same_sum(const struct rest_event *sum, const struct rest_event *one)
{
	const __u64 *name = (const __u64 *)sum->name, *other = (const __u64 *)one->name;
	return sum->key == one->key && sum->thread == one->thread && sum->least_ns == one->least_ns &&
	       sum->ts == one->ts && sum->source == one->source && sum->dev == one->dev &&
	       name[0] == other[0] && name[1] == other[1] && name[2] == other[2] && name[3] == other[3];
}

/* A further set each time, until the sums of earlier seconds are all sent. */
static __always_inline void sweep(struct rest_sums *sums)
{
	__u32 set = sums->swept;
	if (set >= REST_SETS)
		return;
	sums->swept = set + 1;
	for (__u32 way = 0; way < REST_WAYS; way++) {
		struct rest_event *sum = &sums->sums[set][way];
		if (sum->ts != sums->second)
			submit_sum(sum);
	}
}

static __always_inline void add_one(struct rest_sums *sums, struct rest_event *one)
{
	__u64 mixed = ((__u64)one->thread << 32 | one->key) ^ one->least_ns << 20 ^
		      (__u64)one->dev << 10 ^ (__u64)one->source << 52;
	__u32 set = (mixed * 0x9e3779b97f4a7c15ULL) >> 32 & (REST_SETS - 1);
	__u32 free = REST_WAYS;
	for (__u32 way = 0; way < REST_WAYS; way++) {
		struct rest_event *sum = &sums->sums[set][way];
		if (is_same_sum(sum, one)) {
			sum->count += 1;
			sum->total_ns += one->total_ns;
			sum->bytes += one->bytes;
			sum->errors += one->errors;
			return;
		}
		if (sum->ts != one->ts)
			free = way;
	}
	if (free == REST_WAYS)
		free = sums->victim++;
	struct rest_event *sum = &sums->sums[set][free & (REST_WAYS - 1)];
	submit_sum(sum);
	*sum = *one;
}

/*
 * Adds one event, which ended at `ts`, to the sums. `name` is NULL, or 32 bytes on an address
 * divisible by 8.
 */
static __always_inline void add_to_rest(__u8 source, __u32 thread, __u32 key, __u32 dev,
					const char *name, __u64 duration_ns, __u64 bytes,
					bool failed, __u64 ts)
{
	__u32 zero = 0;
	struct rest_sums *sums = bpf_map_lookup_elem(&rest_sums, &zero);
	if (!sums)
		return;
	__u64 second = sums->second;
	if (ts - second >= SECOND_NS)
		second = ts - (ts - interval.start_ts) % SECOND_NS;
	struct rest_event one = {
		.stream = STREAM_REST,
		.thread = thread,
		.ts = second,
		.least_ns = least_of(duration_ns),
		.count = 1,
		.total_ns = duration_ns,
		.bytes = bytes,
		.errors = failed,
		.key = key,
		.dev = dev,
		.source = source,
	};
	if (name)
		__builtin_memcpy(one.name, __builtin_assume_aligned(name, 8), sizeof(one.name));
	if (__sync_lock_test_and_set(&sums->held, 1)) {
		submit(STREAM_REST, &one, sizeof(one));
		return;
	}
	if (second > sums->second) {
		sums->second = second;
		sums->swept = 0;
	}
	sweep(sums);
	add_one(sums, &one);
	sums->held = 0;
}
