/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Kernel stacks that were walked before, recognised without a walk.
 *
 * Where a return address lies on the stack follows from the return address before it: the frames of
 * compiled code have fixed sizes. So once a stack was walked, and the places of its return addresses
 * were found in the stack memory, the same words in the same places mean the same stack. Two parts
 * need care. The system call entry leaves a random gap above its own frame (against exploits), so the
 * comparison ends with that frame: what calls it is always the same. And an interrupt may run on a
 * stack of its own, which continues on the task's.
 *
 * One in every CHECK_EVERY recognitions is walked all the same and compared, and a mistake is counted.
 */
#pragma once

#include "stack.h"

#define KERNEL_STACK_SIZE 16384
#define MAX_PLACES 32
/* Frames of the probe itself, and the words above its context among which its caller's return address is. */
#define MAX_PROBE_FRAMES 4
/* The program and its caller, which calls from one place or another as the kernel counts runs or not. */
#define OWN_FRAMES 2
#define MAX_PROBE_WORDS 32
#define CHECK_EVERY 4096

enum moment { MOMENT_OUT = 1, MOMENT_WAKING, MOMENT_PROBED, MOMENT_QUEUED };

struct known {
	__u64 key, id;
	/* Words to compare on the stack in use, and on the one it continues on. */
	__u32 here, beyond;
	__u32 places;
	__u32 checked;
	__u16 place[MAX_PLACES];
	__u64 address[MAX_PLACES];
};

#define KNOWN_SLOTS 512
/* Others, where a probe can be interrupted by one that uses the former. */
#define QUEUED_SLOTS 128
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KNOWN_SLOTS + QUEUED_SLOTS);
	__type(key, __u32);
	__type(value, struct known);
} known_stacks SEC(".maps");

/* Halves of the word memory: this stack, and the one it continues on; a word less is used of each. */
#define HALF (MAX_STACK_WORDS / 2)

/* Where the stack memory lies. */
struct extent {
	__u64 here, here_end;
	__u64 beyond, beyond_end;
};

static __always_inline bool find_extent(struct extent *extent, void *ctx,
					struct task_struct *current)
{
	__u64 stack = number_of(current->stack);
	extent->here = number_of(ctx);
	extent->here_end = stack + KERNEL_STACK_SIZE;
	extent->beyond = extent->beyond_end = 0;
	if (extent->here - stack < KERNEL_STACK_SIZE)
		return true;
	/* On this CPU's interrupt stack, whose first word says where it was entered from. */
	if (!settings.percpu_irq_stack)
		return false;
	__u64 top = 0;
	bpf_probe_read_kernel(&top, sizeof(top),
			      (void *)(percpu_area(current) + settings.percpu_irq_stack));
	if (top - extent->here >= KERNEL_STACK_SIZE)
		return false;
	extent->beyond_end = extent->here_end;
	extent->here_end = top;
	bpf_probe_read_kernel(&extent->beyond, sizeof(extent->beyond), (void *)top);
	return extent->beyond - stack < KERNEL_STACK_SIZE;
}

/* Reads up to `words` words of `[from, end)` and returns how many. */
static __always_inline __u32 read_words(__u64 *to, __u64 from, __u64 end, __u32 words)
{
	__u64 size = end - from;
	if (size > words * 8)
		size = words * 8;
	if (size >= HALF * 8 || !size)
		return 0;
	return bpf_probe_read_kernel(to, bounded(size, HALF * 8 - 1), (void *)from) ? 0 : size / 8;
}

static __always_inline bool is_same(struct workplace_memory *memory, struct known *known,
				    struct extent *extent)
{
	if (read_words(memory->words, extent->here, extent->here_end, known->here) < known->here)
		return false;
	if (known->beyond && read_words(memory->words + HALF, extent->beyond, extent->beyond_end,
					known->beyond) < known->beyond)
		return false;
	for (__u32 i = 0; i < MAX_PLACES; i++) {
		if (i >= known->places)
			return true;
		if (memory->words[known->place[i] & (MAX_STACK_WORDS - 1)] != known->address[i])
			return false;
	}
	return true;
}

/* One pass over the words, in search of one frame after the other. */
struct search {
	struct workplace_memory *memory;
	struct known *known;
};

/* The probe's own innermost frames lie below its context: the first that has a place is the next. */
static long search_first(__u32 pair, struct search *search)
{
	__u32 frame = (pair / MAX_PROBE_WORDS) & (MAX_PROBE_FRAMES - 1);
	__u32 word = pair % MAX_PROBE_WORDS;
	if (search->memory->frames[frame] != search->memory->words[word])
		return 0;
	search->memory->places.frame = frame;
	return 1;
}

static long search_word(__u32 word, struct search *search)
{
	struct places *found = &search->memory->places;
	if (word < HALF ? word >= found->here : word - HALF >= found->beyond)
		return 0;
	__u32 place = found->count, frame = found->frame;
	if (frame >= found->frames || frame >= MAX_FRAMES || place >= MAX_PLACES)
		return 1;
	__u64 address = search->memory->words[word & (MAX_STACK_WORDS - 1)];
	if (search->memory->frames[frame] != address)
		return 0;
	search->known->place[place] = word;
	search->known->address[place] = address;
	found->count = place + 1;
	found->frame = frame + 1;
	if (word < HALF)
		found->last_here = word + 1;
	else
		found->last_beyond = word - HALF + 1;
	if (address - settings.syscall_start < settings.syscall_end - settings.syscall_start)
		found->frame = found->frames;
	return 0;
}

/* Remembers the places of the frames just walked; not where one cannot be found. */
static __always_inline void learn(struct workplace_memory *memory, struct known *known,
				  struct extent *extent, __u64 key, __u64 id)
{
	struct search search = { .memory = memory, .known = known };
	struct places *found = &memory->places;
	known->key = 0;
	found->here = read_words(memory->words, extent->here, extent->here_end, HALF - 1);
	found->beyond = 0;
	if (extent->beyond)
		found->beyond = read_words(memory->words + HALF, extent->beyond,
					   extent->beyond_end, HALF - 1);
	found->frame = found->frames;
	found->count = found->last_here = found->last_beyond = 0;
	bpf_loop(MAX_PROBE_FRAMES * MAX_PROBE_WORDS, search_first, &search, 0);
	bpf_loop(MAX_STACK_WORDS, search_word, &search, 0);
	if (found->frame < found->frames || !found->count)
		return;
	known->here = found->last_here;
	known->beyond = found->last_beyond;
	known->places = found->count;
	known->id = id;
	known->checked = 0;
	known->key = key;
}

/* Calls that tend to sleep, or wake, in the same place have the same key. */
static __always_inline __u64 key_of(struct task_struct *current, struct extent *extent,
				    enum moment moment)
{
	__u64 key = mix(1, moment);
	if (extent->beyond)
		return mix(key, extent->here_end - extent->here);
	if (current->flags & PF_KTHREAD)
		return mix(key, (__u64)current->pid << 32);
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(current);
	long number = SYSCALL_NUMBER(regs);
	return number < 0 ? key : mix(mix(key, number), USER_IP(regs));
}

/* The kernel stack of the current task, from a program whose context lies on that stack. */
static __always_inline __u64 kernel_stack(void *ctx, struct workplace_memory *memory,
					  struct task_struct *current, enum moment moment)
{
	struct extent extent;
	bool readable = find_extent(&extent, ctx, current);
	__u64 key = readable ? key_of(current, &extent, moment) : 0;
	__u32 slot = key & (KNOWN_SLOTS - 1);
	if (moment == MOMENT_QUEUED)
		slot = KNOWN_SLOTS + (key & (QUEUED_SLOTS - 1));
	struct known *known = bpf_map_lookup_elem(&known_stacks, &slot);
	__u64 expected = 0;
	if (known && key && known->key == key && is_same(memory, known, &extent)) {
		if (known->checked++ % CHECK_EVERY) {
			count(COUNTER_RECOGNISED);
			return known->id;
		}
		expected = known->id;
	}
	count(COUNTER_WALKED);
	/* From a kprobe the walk begins with the probed function, and not with the program. */
	bool probed = moment == MOMENT_PROBED;
	long bytes = bpf_get_stack(ctx, memory->frames, MAX_FRAMES * 8, probed ? 1 : 0);
	__u64 id = intern_kernel(memory, bytes, probed ? 0 : OWN_FRAMES);
	if (expected && id == expected)
		return id;
	if (expected && id)
		count(COUNTER_MISTAKEN);
	if (known && key && id)
		learn(memory, known, &extent, key, id);
	return id;
}
