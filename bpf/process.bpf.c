/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Life of processes and threads: fork, exec, exit, rename. */

#include "thread.h"

#define MAX_ARGS 1024

struct exec_memory {
	struct exec_event event;
	char argv[MAX_ARGS];
};

/* Two execs may take turns on one CPU only between programs: each runs to its end. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_memory);
} exec_workplace SEC(".maps");

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	struct thread *creator = thread_of(parent, ts), *created = thread_of(child, ts);
	if (!creator || !created || creator->excluded)
		return 0;
	struct fork_event event = {
		.stream = STREAM_FORK,
		.thread = creator->number,
		.ts = ts,
		.child = created->number,
		.child_tid = child->pid,
		.child_pid = child->tgid,
	};
	submit(STREAM_FORK, &event, sizeof(event));
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_tid, struct linux_binprm *program)
{
	__u64 ts = bpf_ktime_get_ns();
	__u32 zero = 0;
	struct exec_memory *memory = bpf_map_lookup_elem(&exec_workplace, &zero);
	if (!is_recorded(ts) || !memory)
		return 0;
	struct thread *thread = thread_of(task, ts);
	if (!thread || thread->excluded)
		return 0;
	introduce(task, thread->number, ts, task->comm);
	if (!settings.has_exec)
		return 0;

	struct exec_event *event = &memory->event;
	event->stream = STREAM_EXEC;
	event->thread = thread->number;
	event->ts = ts;
	event->old_tid = old_tid;
	event->ppid = task->real_parent->tgid;
	event->uid = task->cred->uid.val;
	event->cut = 0;
	__builtin_memset(event->filename, 0, sizeof(event->filename));
	if (!settings.no_paths)
		bpf_probe_read_kernel_str(event->filename, sizeof(event->filename),
					  program->filename);

	__u64 size = task->mm->arg_end - task->mm->arg_start;
	__u64 most = settings.no_args ? 0 : MAX_ARGS;
	if (size > most) {
		event->cut = size - most;
		size = most;
	}
	if (bpf_probe_read_user(memory->argv, size, (void *)task->mm->arg_start))
		size = 0;
	submit(STREAM_EXEC, memory, sizeof(*event) + size);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	struct thread *thread = thread_of(task, ts);
	if (!thread || thread->excluded)
		return 0;
	__u32 status = task->exit_code;
	struct exit_event event = {
		.stream = STREAM_EXIT,
		.thread = thread->number,
		.ts = ts,
		.start_ts = task->start_time,
		.code = (status >> 8) & 0xff,
		.signal = status & 0x7f,
		.ppid = task->real_parent->tgid,
		.last = task->signal->live.counter == 0,
		.core = !!(status & 0x80),
	};
	submit(STREAM_EXIT, &event, sizeof(event));
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *comm)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	struct thread *thread = thread_of(task, ts);
	if (!thread || thread->excluded)
		return 0;
	struct rename_event event = {
		.stream = STREAM_RENAME,
		.thread = thread->number,
		.ts = ts,
	};
	bpf_probe_read_kernel_str(event.old_comm, sizeof(event.old_comm), task->comm);
	bpf_probe_read_kernel_str(event.new_comm, sizeof(event.new_comm), comm);
	introduce(task, thread->number, ts, comm);
	if (settings.has_rename)
		submit(STREAM_RENAME, &event, sizeof(event));
	return 0;
}
