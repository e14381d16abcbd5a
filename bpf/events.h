/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Generated from schema/src/streams.rs; `make bless` rewrites it. */
#pragma once

#include <linux/types.h>

#define NO_NS ((__u64)-1)
#define NO_COUNT ((__u64)-1)
#define NO_SEQ ((__u32)-1)
#define NO_CPU ((__u16)-1)
#define NO_SYSCALL ((__s16)-1)

#define CONTEXT_TASK 1
#define CONTEXT_SOFTIRQ 2
#define CONTEXT_HARDIRQ 3
#define CONTEXT_NMI 4
#define CONTEXT_IDLE 5

enum stream {
	STREAM_WAIT = 1,
	STREAM_SAMPLE = 2,
	STREAM_FORK = 3,
	STREAM_EXEC = 4,
	STREAM_EXIT = 5,
	STREAM_RENAME = 6,
	STREAM_THREAD = 7,
	STREAM_STACK = 8,
	STREAM_COUNT = 9,
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
	__u8 pad[6];
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
