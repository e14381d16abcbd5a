/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is remembered of each thread, and how it is introduced to the recorder. */
#pragma once

#include "ring.h"

enum phase {
	PHASE_UNKNOWN, /* not seen yet */
	PHASE_RUNNING,
	PHASE_OFF,
	PHASE_RETURNED, /* on a CPU again, its row not yet submitted */
	PHASE_DEAD,
};

struct thread {
	/* The wait in progress, filled as it goes and submitted whole. */
	struct wait_event wait;
	/* Begin of the run, while running. */
	__u64 since;
	/* The thread's last voluntary wait: where a chain through this thread goes on. */
	__u32 voluntary_seq;
	__u32 number;
	__u8 phase;
	__u8 excluded;
	__u8 is_ksoftirqd;
	__u8 pad[5];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

__u32 last_number = 0;

static __always_inline void introduce(struct task_struct *task, __u32 number, __u64 ts,
				      const char *comm)
{
	struct thread_event event = {
		.stream = STREAM_THREAD,
		.thread = number,
		.ts = ts,
		.start_ts = task->start_time,
		.tid = task->pid,
		.pid = task->tgid,
		.ppid = task->real_parent->tgid,
		.uid = task->cred->uid.val,
		.cgroup = task->cgroups->dfl_cgrp->kn->id,
		.kernel = !!(task->flags & PF_KTHREAD),
		.worker = !!(task->flags & PF_USER_WORKER),
	};
	struct nsproxy *spaces = task->nsproxy;
	if (spaces) {
		event.pid_ns = spaces->pid_ns_for_children->ns.inum;
		event.mnt_ns = spaces->mnt_ns->ns.inum;
	}
	bpf_probe_read_kernel_str(event.comm, sizeof(event.comm), comm);
	submit(STREAM_THREAD, &event, sizeof(event));
}

static __always_inline bool is_ksoftirqd(struct task_struct *task)
{
	char comm[16];
	bpf_probe_read_kernel_str(comm, sizeof(comm), task->comm);
	return (task->flags & PF_KTHREAD) && bpf_strncmp(comm, 10, "ksoftirqd/") == 0;
}

/* The thread of a task, introduced when it is first seen; NULL where the kernel gives none now. */
static __always_inline struct thread *thread_of(struct task_struct *task, __u64 ts)
{
	struct thread *thread =
		bpf_task_storage_get(&threads, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!thread) {
		count(COUNTER_BUSY);
		return NULL;
	}
	if (!thread->number) {
		/* A waker and a switch on another CPU may come here together. */
		__u32 number = __sync_fetch_and_add(&last_number, 1) + 1;
		if (__sync_val_compare_and_swap(&thread->number, 0, number) == 0) {
			thread->voluntary_seq = NO_SEQ;
			thread->excluded = task->tgid == settings.recorder_pid;
			thread->is_ksoftirqd = is_ksoftirqd(task);
			introduce(task, number, ts, task->comm);
		}
	}
	return thread;
}
