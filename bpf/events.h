/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Generated from schema/src/streams.rs; `make bless` rewrites it. */
#pragma once

#include <linux/types.h>

#define NO_NS ((__u64)-1)
#define NO_COUNT ((__u64)-1)
#define NO_SEQ ((__u32)-1)
#define NO_CPU ((__u16)-1)
#define NO_SYSCALL ((__s16)-1)
#define NO_FD ((__s32)-1)
#define NO_LENGTH ((__u16)-1)
#define NO_OFFSET ((__u64)-1)
#define NO_RETURN ((__s64)(1ULL << 63))

#define CONTEXT_TASK 1
#define CONTEXT_SOFTIRQ 2
#define CONTEXT_HARDIRQ 3
#define CONTEXT_NMI 4
#define CONTEXT_IDLE 5

#define SOURCE_PATH 1
#define SOURCE_IO 2
#define SOURCE_SOCK 3
#define SOURCE_MISC 4
#define SOURCE_CALLS 5
#define SOURCE_BLOCK_IO 6
#define SOURCE_SOFTIRQ 7
#define SOURCE_HARDIRQ 8
#define SOURCE_PAGE_CACHE 9

#define FILE_TYPE_FILE 1
#define FILE_TYPE_DIRECTORY 2
#define FILE_TYPE_LINK 3
#define FILE_TYPE_PIPE 4
#define FILE_TYPE_SOCKET 5
#define FILE_TYPE_CHAR 6
#define FILE_TYPE_BLOCK 7
#define FILE_TYPE_OTHER 8

#define WRITEBACK_BACKGROUND 1
#define WRITEBACK_VMSCAN 2
#define WRITEBACK_SYNC 3
#define WRITEBACK_PERIODIC 4
#define WRITEBACK_LAPTOP_TIMER 5
#define WRITEBACK_FS_FREE_SPACE 6
#define WRITEBACK_FORKER_THREAD 7
#define WRITEBACK_FOREIGN_FLUSH 8

enum stream {
	STREAM_WAIT = 1,
	STREAM_SAMPLE = 2,
	STREAM_FORK = 3,
	STREAM_EXEC = 4,
	STREAM_EXIT = 5,
	STREAM_RENAME = 6,
	STREAM_THREAD = 7,
	STREAM_STACK = 8,
	STREAM_PATH = 9,
	STREAM_IO = 10,
	STREAM_SOCK = 11,
	STREAM_MISC = 12,
	STREAM_BLOCK_IO = 13,
	STREAM_SIGNAL = 14,
	STREAM_WRITEBACK = 15,
	STREAM_SOFTIRQ = 16,
	STREAM_HARDIRQ = 17,
	STREAM_REST = 18,
	STREAM_COUNT = 19,
};

struct wait_event {
	__u32 stream;
	__u32 thread;
	__u32 seq;
	__u32 state;
	__u64 ran_ns;
	__u64 off_ts;
	__u64 woken_ts;
	__u64 on_ts;
	__u64 kstack;
	__u64 ustack;
	__u32 waker;
	__u32 waker_seq;
	__u64 waker_kstack;
	__u64 waker_ustack;
	__u16 off_cpu;
	__u16 on_cpu;
	__u16 waker_cpu;
	__s16 syscall;
	__u8 waker_context;
	__u8 preempted;
	__u8 iowait;
	__u8 born;
	__u8 open;
	__u8 pad[3];
};
_Static_assert(sizeof(struct wait_event) == 104, "padding in wait");

struct sample_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 kstack;
	__u64 ustack;
	__u64 cycles;
	__u64 instructions;
	__u16 cpu;
	__u16 queued;
	__u8 pad[4];
};
_Static_assert(sizeof(struct sample_event) == 56, "padding in sample");

struct fork_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u32 child;
	__u32 child_tid;
	__u32 child_pid;
	__u8 pad[4];
};
_Static_assert(sizeof(struct fork_event) == 32, "padding in fork");

struct exec_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u32 old_tid;
	__u32 ppid;
	__u32 uid;
	__u32 cut;
	char filename[256];
	char argv[];
};
_Static_assert(sizeof(struct exec_event) == 288, "padding in exec");

struct exit_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 start_ts;
	__u32 code;
	__u32 signal;
	__u32 ppid;
	__u8 last;
	__u8 core;
	__u8 pad[2];
};
_Static_assert(sizeof(struct exit_event) == 40, "padding in exit");

struct rename_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	char old_comm[16];
	char new_comm[16];
};
_Static_assert(sizeof(struct rename_event) == 48, "padding in rename");

struct thread_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 start_ts;
	__u64 cgroup;
	__u32 tid;
	__u32 pid;
	__u32 ppid;
	__u32 uid;
	__u32 pid_ns;
	__u32 mnt_ns;
	char comm[16];
	__u8 kernel;
	__u8 worker;
	__u8 pad[6];
};
_Static_assert(sizeof(struct thread_event) == 80, "padding in thread");

struct stack_event {
	__u32 stream;
	__u32 pid;
	__u64 id;
	__u64 ts;
	__u64 image;
	__u64 frames[];
};
_Static_assert(sizeof(struct stack_event) == 32, "padding in stack");

struct path_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 duration_ns;
	__s64 ret;
	__u64 inode;
	__u32 dev;
	__u32 flags;
	__u32 mode;
	__s32 dirfd;
	__s16 syscall;
	__u8 file_type;
	char fs[32];
	char path[256];
	char other_path[256];
	__u8 pad[5];
};
_Static_assert(sizeof(struct path_event) == 608, "padding in path");

struct io_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 duration_ns;
	__s64 ret;
	__u64 requested;
	__u64 offset;
	__u64 inode;
	__u32 dev;
	__u32 file_flags;
	__s32 fd;
	__s16 syscall;
	__u8 file_type;
	char fs[32];
	char file[64];
	__u8 pad[1];
};
_Static_assert(sizeof(struct io_event) == 168, "padding in io");

struct sock_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 duration_ns;
	__s64 ret;
	__u64 inode;
	__s32 fd;
	__u32 family;
	__u32 socket_type;
	__u32 protocol;
	__u32 argument;
	__s16 syscall;
	char endpoint[128];
	__u8 pad[2];
};
_Static_assert(sizeof(struct sock_event) == 192, "padding in sock");

struct misc_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 duration_ns;
	__s64 ret;
	__s64 first;
	__s64 second;
	__s64 third;
	__s16 syscall;
	__u8 pad[6];
};
_Static_assert(sizeof(struct misc_event) == 64, "padding in misc");

struct block_io_event {
	__u32 stream;
	__u32 thread;
	__u64 sector;
	__u64 queue_ts;
	__u64 issue_ts;
	__u64 done_ts;
	__u64 kstack;
	__u32 bytes;
	__u32 flags;
	__u32 dev;
	__s32 error;
	__u16 merges;
	__u16 requeues;
	__u8 pad[4];
};
_Static_assert(sizeof(struct block_io_event) == 72, "padding in block_io");

struct signal_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u32 target;
	__u32 target_tid;
	__u32 target_pid;
	__u32 signal;
	__s32 si_code;
	__u8 outcome;
	__u8 whole_process;
	__u8 pad[2];
};
_Static_assert(sizeof(struct signal_event) == 40, "padding in signal");

struct writeback_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 duration_ns;
	__s64 asked;
	__s64 written;
	char name[32];
	__u8 reason;
	__u8 pad[7];
};
_Static_assert(sizeof(struct writeback_event) == 80, "padding in writeback");

struct softirq_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 duration_ns;
	__u16 cpu;
	__u8 vector;
	__u8 pad[5];
};
_Static_assert(sizeof(struct softirq_event) == 32, "padding in softirq");

struct hardirq_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 duration_ns;
	__u32 irq;
	__u16 cpu;
	char name[32];
	__u8 pad[2];
};
_Static_assert(sizeof(struct hardirq_event) == 64, "padding in hardirq");

struct rest_event {
	__u32 stream;
	__u32 thread;
	__u64 ts;
	__u64 least_ns;
	__u64 count;
	__u64 total_ns;
	__u64 bytes;
	__u64 errors;
	__u32 number;
	__u32 dev;
	char name[32];
	__u8 source;
	__u8 pad[7];
};
_Static_assert(sizeof(struct rest_event) == 104, "padding in rest");
