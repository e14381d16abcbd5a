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
#define REST_SUMS 256 /* a power of two; the whole table must stay below 32 KiB, the most per CPU */

struct rest_sum {
	struct rest_event row; /* free while its `ts` is 0 */
	__u64 width_ns; /* of its bucket */
};

struct rest_sums {
	/* Begin of the second that this CPU is in. */
	__u64 second;
	/* Held while a sum is changed: an interrupt that comes between must not change it too. */
	__u32 held;
	/* The sum that was changed last. */
	__u32 last;
	/* Sums beneath this one are not of an earlier second. */
	__u32 swept;
	/* Which of the sums in one set gives way next. */
	__u32 victim;
	struct rest_sum sums[REST_SUMS];
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
 * Not static: the verifier looks at it once, and not at all that may follow from each result.
 */
__noinline __u64 least_of(__u64 duration_ns)
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

/* The compiler must not drop the bound that the verifier wants to see. */
static __always_inline struct rest_sum *sum_at(struct rest_sums *sums, __u64 place)
{
	barrier_var(place);
	return &sums->sums[place & (REST_SUMS - 1)];
}

/* The first of its set. */
static __always_inline struct rest_sum *set_at(struct rest_sums *sums, __u64 place)
{
	barrier_var(place);
	return &sums->sums[place & (REST_SUMS - REST_WAYS)];
}

/* What a bucket that begins there has room for. */
__noinline __u64 width_of(__u64 least_ns)
{
	if (!least_ns)
		return 1;
	__u32 exponent = log2_of(least_ns);
	__u64 ms = exponent >= 20 ? 1000000ULL << (exponent - 19) : 0;
	__u64 us = exponent >= 10 ? 1000ULL << (exponent - 9) : 0;
	if (ms > least_ns)
		return ms - least_ns;
	if (us > least_ns)
		return us - least_ns;
	return (2ULL << exponent) - least_ns;
}

/* Frees the place of a sum. Where the ring is full, the sum stays: it may stand for many events. */
static __noinline int send_sum(struct rest_sum *sum)
{
	if (sum->row.ts && !offer(&sum->row, sizeof(sum->row)))
		return 0;
	sum->row.ts = 0;
	return 1;
}

/* A few further sums each time, until those of earlier seconds are all sent. */
static __always_inline void sweep(struct rest_sums *sums)
{
	if (sums->swept >= REST_SUMS)
		return;
	struct rest_sum *set = set_at(sums, sums->swept);
	sums->swept += REST_WAYS;
	for (__u32 way = 0; way < REST_WAYS; way++) {
		if (set[way].row.ts != sums->second)
			send_sum(&set[way]);
	}
}

static __always_inline bool is_same_kind(const struct rest_event *row, const struct rest_event *one)
{
	const __u64 *name = (const __u64 *)row->name, *other = (const __u64 *)one->name;
	return row->number == one->number && row->thread == one->thread && row->source == one->source &&
	       row->dev == one->dev && name[0] == other[0] && name[1] == other[1] &&
	       name[2] == other[2] && name[3] == other[3];
}

static __always_inline void add_one(struct rest_event *row, const struct rest_event *one)
{
	row->count += 1;
	row->total_ns += one->total_ns;
	row->bytes += one->bytes;
	row->errors += one->errors;
}

/* Finds the place of a kind, or makes it. */
static __always_inline void add_to_set(struct rest_sums *sums, struct rest_event *one)
{
	__u64 mixed = ((__u64)one->thread << 32 | one->number) ^ one->least_ns << 20 ^
		      (__u64)one->dev << 10 ^ (__u64)one->source << 52;
	__u32 first = (mixed * 0x9e3779b97f4a7c15ULL) >> 32 & (REST_SUMS - REST_WAYS);
	__u32 place = REST_WAYS;
	struct rest_sum *set = set_at(sums, first);
	for (__u32 way = 0; way < REST_WAYS; way++) {
		struct rest_event *row = &set[way].row;
		if (row->ts != one->ts) {
			place = way;
		} else if (row->least_ns == one->least_ns && is_same_kind(row, one)) {
			add_one(row, one);
			sums->last = first + way;
			return;
		}
	}
	if (place == REST_WAYS)
		place = sums->victim++ & (REST_WAYS - 1);
	place += first;
	struct rest_sum *sum = sum_at(sums, place);
	if (!send_sum(sum)) {
		submit(STREAM_REST, one, sizeof(*one));
		return;
	}
	sum->row = *one;
	sum->width_ns = width_of(one->least_ns);
	sums->last = place;
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
	struct rest_event one = {
		.stream = STREAM_REST,
		.thread = thread,
		.count = 1,
		.total_ns = duration_ns,
		.bytes = bytes,
		.errors = failed,
		.number = key,
		.dev = dev,
		.source = source,
	};
	if (name)
		__builtin_memcpy(one.name, __builtin_assume_aligned(name, 8), sizeof(one.name));
	bool is_held = __sync_lock_test_and_set(&sums->held, 1);
	struct rest_sum *last = sum_at(sums, sums->last);
	/* Most often it is the same as before. */
	if (!is_held && sums->swept == REST_SUMS && ts - last->row.ts < SECOND_NS &&
	    duration_ns - last->row.least_ns < last->width_ns && is_same_kind(&last->row, &one)) {
		add_one(&last->row, &one);
		sums->held = 0;
		return;
	}
	one.least_ns = least_of(duration_ns);
	one.ts = ts - sums->second < SECOND_NS ? sums->second :
						 ts - (ts - interval.start_ts) % SECOND_NS;
	if (is_held) {
		submit(STREAM_REST, &one, sizeof(one));
		return;
	}
	if (one.ts > sums->second) {
		sums->second = one.ts;
		sums->swept = 0;
	}
	sweep(sums);
	add_to_set(sums, &one);
	sums->held = 0;
}
