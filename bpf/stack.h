/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Stacks, interned before the ring: walked, hashed, sent once; rows carry the hash.
 *
 * The walk is what costs, so kernel stacks are recognised (recognise.h) rather than walked again.
 * User stacks are followed frame by frame here: the same chain of frame pointers that the kernel
 * would follow, at a fraction of the price.
 */
#pragma once

#include "context.h"
#include "ring.h"

#define MAX_FRAMES 127
#define MAX_STACK_WORDS 512
#define HASH_PRIME 0x9e3779b97f4a7c15ULL

/* The lowest bit of a kernel stack's id: it was cut at the interrupt that borrowed the CPU. */
#define STACK_IN_INTERRUPT 1ULL

/* Each kind of probe that may interrupt another has its own. */
enum workplace { WORKPLACE_SCHED, WORKPLACE_SAMPLE, WORKPLACE_BLOCK, WORKPLACE_STOP, WORKPLACE_COUNT };

/* Where the frames of a walked stack were found in its memory (recognise.h). */
struct places {
	__u32 here, beyond; /* words read */
	__u32 frames, frame, count;
	__u32 last_here, last_beyond;
};

struct workplace_memory {
	struct stack_event event;
	__u64 frames[MAX_FRAMES + 1];
	__u64 words[MAX_STACK_WORDS];
	struct places places;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WORKPLACE_COUNT);
	__type(key, __u32);
	__type(value, struct workplace_memory);
} workplaces SEC(".maps");

/* Stacks that were sent, by the low bits of their id; an evicted one is sent again. */
#define SENT_SLOTS 65536
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SENT_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} sent SEC(".maps");

static __always_inline __u64 mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * HASH_PRIME;
	return hash ^ (hash >> 32);
}

/*
 * `value & mask`, on the very register that is used then. After a check the compiler would drop the
 * mask, or check a copy of the register, and not every verifier knows copies for what they are.
 */
static __always_inline __u64 bounded(__u64 value, __u64 mask)
{
	asm volatile("%0 &= %1" : "+r"(value) : "ri"(mask));
	return value;
}

/* Sends the stack unless it was sent; false where it could not be sent. */
static __always_inline bool intern(struct workplace_memory *memory, __u64 id, __u32 frames)
{
	__u32 slot = (id >> 1) & (SENT_SLOTS - 1);
	__u64 *last = bpf_map_lookup_elem(&sent, &slot);
	if (!last)
		return false;
	if (*last == id)
		return true;
	if (*last)
		count(COUNTER_EVICTED);
	memory->event.stream = STREAM_STACK;
	memory->event.id = id;
	memory->event.ts = bpf_ktime_get_ns();
	if (frames > MAX_FRAMES)
		return false;
	__u64 size = sizeof(memory->event) + bounded(frames, MAX_FRAMES) * 8;
	if (!submit(STREAM_STACK, &memory->event, size))
		return false;
	*last = id;
	return true;
}

static __always_inline bool is_irq_entry(__u64 address)
{
	return address - settings.irq_entry_start < settings.irq_entry_end - settings.irq_entry_start;
}

/* Loops are callbacks here, since the verifier then looks at one turn of them and not at 127. */
struct hashing {
	struct workplace_memory *memory;
	__u64 id, in_interrupt;
	__u32 own, frames;
};

static long hash_frame(__u32 index, struct hashing *hashing)
{
	if (index >= hashing->frames || index >= MAX_FRAMES)
		return 1;
	__u64 address = hashing->memory->frames[index];
	if (index >= hashing->own)
		hashing->id = mix(hashing->id, address);
	if (!is_irq_entry(address))
		return 0;
	/* Below lies whatever was interrupted: not part of this story. */
	hashing->frames = index + 1;
	hashing->in_interrupt = STACK_IN_INTERRUPT;
	return 1;
}

/*
 * Hashes and interns `bytes` of walked kernel frames. 0 where there are none. The first `own` of them
 * are the probe itself and say nothing about the stack.
 */
static __always_inline __u64 intern_kernel(struct workplace_memory *memory, long bytes, __u32 own)
{
	if (bytes <= 0)
		return 0;
	struct hashing hashing = { .memory = memory, .id = 1, .own = own, .frames = bytes / 8 };
	bpf_loop(MAX_FRAMES, hash_frame, &hashing, 0);
	__u64 id = (hashing.id & ~STACK_IN_INTERRUPT) | hashing.in_interrupt;
	memory->event.pid = 0;
	memory->event.image = 0;
	memory->places.frames = hashing.frames;
	return intern(memory, id, hashing.frames) ? id : 0;
}

/* Tells address spaces apart: changes at an exec and whenever code is mapped; the same in a fork. */
static __always_inline __u64 image_of(struct mm_struct *mm)
{
	__u64 image = mix(1, mm->start_code);
	image = mix(image, mm->end_code ^ mm->end_data);
	image = mix(image, mm->start_brk);
	image = mix(image, mm->start_stack ^ mm->mmap_base);
	return mix(image, mm->exec_vm);
}

struct following {
	struct workplace_memory *memory;
	__u64 frame, id;
	__u32 frames;
};

/* One link at a time: callers lie apart, so that a read of 256 bytes for several of them took longer. */
static long follow_frame(__u32 index, struct following *following)
{
	struct {
		__u64 next, return_address;
	} link;
	__u32 place = index + 1;
	if (place >= MAX_FRAMES || bpf_probe_read_user(&link, sizeof(link), (void *)following->frame))
		return 1;
	/* The first page is never code: a chain that ends so was no chain. */
	if (link.return_address < 4096)
		return 1;
	following->memory->frames[place] = link.return_address;
	following->id = mix(following->id, link.return_address);
	following->frames = place + 1;
	/* Callers lie above; anything else is a register that holds no frame pointer. */
	if (link.next <= following->frame)
		return 1;
	following->frame = link.next;
	return 0;
}

/* The user stack of the current task; 0 for one that has none. */
static __always_inline __u64 user_stack(void *ctx, struct workplace_memory *memory,
					struct task_struct *current)
{
	struct mm_struct *mm = current->mm;
	if (!mm || (current->flags & (PF_KTHREAD | PF_USER_WORKER | PF_EXITING)))
		return 0;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(current);
	__u64 image = image_of(mm), id;
	__u32 frames;
	if (IS_COMPAT(regs)) {
		long bytes = bpf_get_stack(ctx, memory->frames, MAX_FRAMES * 8, BPF_F_USER_STACK);
		if (bytes <= 0)
			return 0;
		struct hashing hashing = { .memory = memory, .id = image, .frames = bytes / 8 };
		bpf_loop(MAX_FRAMES, hash_frame, &hashing, 0);
		id = hashing.id;
		frames = hashing.frames;
	} else {
		memory->frames[0] = USER_IP(regs);
		struct following following = {
			.memory = memory,
			.frame = USER_FP(regs),
			.id = mix(image, USER_IP(regs)),
			.frames = 1,
		};
		bpf_loop(MAX_FRAMES - 1, follow_frame, &following, 0);
		id = following.id;
		frames = following.frames;
	}
	id &= ~STACK_IN_INTERRUPT;
	memory->event.pid = current->tgid;
	memory->event.image = image;
	return intern(memory, id, frames) ? id : 0;
}

static __always_inline struct workplace_memory *workplace(__u32 which)
{
	return bpf_map_lookup_elem(&workplaces, &which);
}
