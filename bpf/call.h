/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a system call's arguments mean, and what is remembered of a call under way. */
#pragma once

#include "thread.h"

#define CALL_COUNT 512 /* a power of two above every number */

/* Beside the places of its arguments, how a call works. */
enum how {
	CALL_NEW_FD = 1, /* returns a new descriptor */
	CALL_FD_PAIR = 2, /* stores two of them where its fourth argument says */
	CALL_OPEN_HOW = 4, /* `flags` points to a struct open_how */
	CALL_POSITION = 8, /* goes on at the position of the file, unless it is given an offset */
	CALL_OFFSET_POINTER = 16, /* `offset` points to it */
	CALL_BYTES = 32, /* returns a number of bytes */
	CALL_TIME = 64, /* `address` points to a struct timespec */
	CALL_REPLACES = 128, /* returns in another program */
	CALL_NO_ERROR = 256, /* whatever it returns is no error */
};

/* Where a call has what: the number of an argument, counted from 1; 0 where it has none. */
struct call_shape {
	/* SOURCE_*; 0 where the call is not recorded. */
	__u8 source;
	__u8 path, other_path, dirfd, mode;
	/* Of listen, accept4 and shutdown, their one number. */
	__u8 flags;
	__u8 fd, size, offset;
	/* A socket's address, followed by its length; or of CALL_TIME. */
	__u8 address;
	/* Bits of CALL_*. */
	__u16 how;
	/* Bit n: argument n fills a register; the others are an int. */
	__u8 wide;
	/* How many it has, of SOURCE_MISC. */
	__u8 count;
};

/* Filled by recorder/src/calls.rs. */
const volatile struct call_shape call_shapes[CALL_COUNT] SEC(".rodata.calls") = {};

static __always_inline const volatile struct call_shape *shape_of(__u32 number)
{
	return &call_shapes[number & (CALL_COUNT - 1)];
}

/* User memory that was not there when the call began. */
#define MISSED_PATH 1
#define MISSED_OTHER_PATH 2
#define MISSED_ADDRESS 4
#define MISSED_VALUE 8

struct call {
	__u64 ts;
	/* From 1, as in struct call_shape; the first is 0. */
	__u64 arguments[8];
	/* The offset or the time that an argument points to; the room for an address. */
	__u64 value;
	__u32 thread;
	__u16 number;
	/* SOURCE_* while the call is under way. */
	__u8 source;
	__u8 excluded;
	/* MISSED_* */
	__u8 missed;
	__u8 pad[7];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call);
} calls SEC(".maps");

/* Rows that begin before the call is done, since they hold what it was given. */
union call_row {
	struct path_event path;
	struct sock_event sock;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, union call_row);
} call_rows SEC(".maps");

static __always_inline struct call *call_of(struct task_struct *task, __u64 ts)
{
	struct call *call = bpf_task_storage_get(&calls, task, 0, 0);
	if (call)
		return call;
	struct thread *thread = thread_of(task, ts);
	if (!thread)
		return NULL;
	call = bpf_task_storage_get(&calls, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!call) {
		count(COUNTER_BUSY);
		return NULL;
	}
	call->thread = thread->number;
	call->excluded = thread->excluded;
	return call;
}

/* An argument by its number; 0 where the call has none. */
static __always_inline __u64 argument(const struct call *call, __u32 which)
{
	return call->arguments[which & 7];
}

static __always_inline __s32 fd_argument(const struct call *call, __u32 which)
{
	return which ? (__s32)argument(call, which) : NO_FD;
}

/* How a call ended; NO_NS and NO_RETURN where the recording ends before it. */
struct end {
	__u64 duration_ns;
	__s64 ret;
};

static __always_inline bool is_error(__s64 ret)
{
	return ret < 0 && ret >= -4095;
}
