/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Requests to disks: a row per request, from queue to completion, found by its address in between.
 *
 * A request is finished by the block_rq_complete that covers what is left of it: that tracepoint
 * tells the error, and unlike block_io_done it is there whatever the queue's accounting. A flush
 * that a thread asks for is a request that is never issued; the kernel issues one of its own for all
 * who wait, which nobody queued. Both are rows.
 */

#include "block_error.h"
#include "recognise.h"
#include "rest.h"
#include "thread.h"

#define MAX_REQUESTS 16384
#define MAX_BIOS 1024

/* A request under way. */
struct story {
	/* `stream` is 0 for a request of the recorder's own. */
	struct block_io_event event;
	/* Bytes completed by parts. */
	__u32 finished;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_REQUESTS);
	__type(key, __u64);
	__type(value, struct story);
} block_requests SEC(".maps");

/* Linux 6.5 and later say when a request is queued. */
typedef void (*btf_trace_block_io_start)(void *, struct request *);

static __always_inline bool is_queueing_told(void)
{
	return bpf_core_type_exists(btf_trace_block_io_start);
}

static __always_inline void describe_request(struct block_io_event *event, struct request *request)
{
	struct gendisk *disk = request->q->disk;
	event->flags = request->cmd_flags;
	event->dev = (__u32)disk->major << 20 | disk->first_minor;
	event->bytes = request->__data_len;
	/* A request without a place has all bits set. */
	event->sector = request->__sector == ~0ULL ? 0 : request->__sector;
}

/* Who queues it, unless that was before: then `queue_ts` is 0. */
static __always_inline struct story *begin_request(void *ctx, struct request *request, __u64 queue_ts)
{
	struct story story = { .event = { .stream = STREAM_BLOCK_IO, .queue_ts = queue_ts } };
	struct task_struct *current = bpf_get_current_task_btf();
	describe_request(&story.event, request);
	if (queue_ts && context_of(current, false) == CONTEXT_TASK) {
		struct thread *thread = thread_of(current, bpf_ktime_get_ns());
		if (thread)
			story.event.thread = thread->number;
		if (thread && thread->excluded)
			story.event.stream = 0;
		struct workplace_memory *memory = workplace(WORKPLACE_BLOCK);
		if (memory && story.event.stream)
			story.event.kstack = kernel_stack(ctx, memory, current, MOMENT_QUEUED);
	}
	__u64 key = number_of(request);
	if (bpf_map_update_elem(&block_requests, &key, &story, BPF_ANY)) {
		count(STREAM_BLOCK_IO);
		return NULL;
	}
	return bpf_map_lookup_elem(&block_requests, &key);
}

static __always_inline struct story *story_of(struct request *request)
{
	__u64 key = number_of(request);
	return bpf_map_lookup_elem(&block_requests, &key);
}

/* Without a tracepoint for it, a request was queued when it was made: the kernel may have kept that. */
static __always_inline __u64 queued_at(struct request *request, __u64 ts)
{
	if (is_queueing_told())
		return 0;
	__u64 made = request->start_time_ns;
	if (!made)
		return ts;
	return is_recorded(made) ? made : 0;
}

SEC("tp_btf/block_io_start")
int BPF_PROG(on_block_start, struct request *request)
{
	__u64 ts = bpf_ktime_get_ns();
	if (is_recorded(ts))
		begin_request(ctx, request, ts);
	return 0;
}

/* For older kernels: still in the thread that queues it, which the issue need not be. */
SEC("tp_btf/block_rq_insert")
int BPF_PROG(on_block_insert, struct request *request)
{
	__u64 ts = bpf_ktime_get_ns();
	if (is_recorded(ts) && !story_of(request))
		begin_request(ctx, request, queued_at(request, ts));
	return 0;
}

struct chain {
	struct bio *bio;
	__u32 length;
};

static long follow_bio(__u32 index, struct chain *chain)
{
	struct bio *bio = chain->bio;
	if (!bio)
		return 1;
	chain->length = index + 1;
	chain->bio = BPF_CORE_READ(bio, bi_next);
	return 0;
}

/*
 * What was merged into it is still in it: pieces of I/O beyond the first, be they merged one by one
 * or with a request that was absorbed. The tracepoints of merges do not tell into which request.
 */
static __always_inline __u32 merges_of(struct request *request)
{
	struct chain chain = { .bio = request->bio };
	if (request->bio == request->biotail)
		return 0;
	bpf_loop(MAX_BIOS, follow_bio, &chain, 0);
	return chain.length ? chain.length - 1 : 0;
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(on_block_issue, struct request *request)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	struct story *story = story_of(request);
	if (!story)
		story = begin_request(ctx, request, queued_at(request, ts));
	if (!story)
		return 0;
	struct block_io_event *event = &story->event;
	event->issue_ts = ts;
	/* What is left after a part was completed begins further on. */
	__u64 sector = event->sector;
	describe_request(event, request);
	if (story->finished) {
		event->sector = sector;
		event->bytes += story->finished;
	}
	__u32 merges = merges_of(request);
	if (merges > event->merges)
		event->merges = merges;
	return 0;
}

SEC("tp_btf/block_rq_requeue")
int BPF_PROG(on_block_requeue, struct request *request)
{
	struct story *story = is_recorded(bpf_ktime_get_ns()) ? story_of(request) : NULL;
	if (story)
		story->event.requeues += 1;
	return 0;
}

/* Absorbed by another request, in which its parts are counted when that one is issued. */
SEC("tp_btf/block_rq_merge")
int BPF_PROG(on_block_merge, struct request *request)
{
	__u64 key = number_of(request);
	if (is_recorded(bpf_ktime_get_ns()))
		bpf_map_delete_elem(&block_requests, &key);
	return 0;
}

static __always_inline void finish_request(struct block_io_event *event, __u64 ts)
{
	__u64 duration_ns = ts - event->issue_ts;
	event->done_ts = ts;
	if (event->issue_ts && duration_ns < settings.min_ns[SOURCE_BLOCK_IO])
		add_to_rest(SOURCE_BLOCK_IO, event->thread, event->flags, event->dev, NULL,
			    duration_ns, event->bytes, event->error != 0, ts);
	else
		submit(STREAM_BLOCK_IO, event, sizeof(*event));
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(on_block_complete, struct request *request, __u8 status, unsigned int bytes)
{
	__u64 ts = bpf_ktime_get_ns();
	struct story *story = is_recorded(ts) ? story_of(request) : NULL;
	if (!story)
		return 0;
	if (!story->event.error)
		story->event.error = errno_of(status);
	if (bytes < request->__data_len) {
		story->finished += bytes;
		return 0;
	}
	if (story->event.stream)
		finish_request(&story->event, ts);
	__u64 key = number_of(request);
	bpf_map_delete_elem(&block_requests, &key);
	return 0;
}

static long submit_story(void *map, __u64 *key, struct story *story, void *nothing)
{
	if (story->event.stream)
		submit(STREAM_BLOCK_IO, &story->event, sizeof(story->event));
	return 0;
}

SEC("iter/task")
int on_stop_block(struct bpf_iter__task *ctx)
{
	/* Once: the end of the list. */
	if (!ctx->task)
		bpf_for_each_map_elem(&block_requests, submit_story, NULL, 0);
	return 0;
}
