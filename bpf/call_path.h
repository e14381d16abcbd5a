/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Rows of calls that name a file. */
#pragma once

#include "call.h"
#include "call_file.h"

#define O_CREAT 0100
#define O_TMPFILE 020000000

struct open_how {
	__u64 flags, mode;
};

static __always_inline bool read_path(char *path, __u64 from)
{
	path[0] = 0;
	return !from || settings.no_paths || bpf_probe_read_user_str(path, 256, (void *)from) >= 0;
}

static __always_inline void begin_path(struct task_struct *task, struct call *call)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	union call_row *memory =
		bpf_task_storage_get(&call_rows, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!memory) {
		count(COUNTER_BUSY);
		call->source = 0;
		return;
	}
	struct path_event *row = &memory->path;
	row->flags = argument(call, shape->flags);
	row->mode = argument(call, shape->mode);
	if (shape->how & CALL_OPEN_HOW) {
		struct open_how how = {};
		bpf_probe_read_user(&how, sizeof(how), (void *)argument(call, shape->flags));
		row->flags = how.flags;
		row->mode = how.mode;
	}
	/* An open that creates nothing leaves its mode to chance. */
	if ((shape->how & CALL_NEW_FD) && shape->flags && !(row->flags & (O_CREAT | O_TMPFILE)))
		row->mode = 0;
	if (!read_path(row->path, argument(call, shape->path)))
		call->missed |= MISSED_PATH;
	row->other_path[0] = 0;
	if (shape->other_path && !read_path(row->other_path, argument(call, shape->other_path)))
		call->missed |= MISSED_OTHER_PATH;
}

static __always_inline void submit_path(struct task_struct *task, struct call *call,
					struct file_facts *facts, const struct end *end)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	union call_row *memory = bpf_task_storage_get(&call_rows, task, 0, 0);
	if (!memory)
		return;
	struct path_event *row = &memory->path;
	if (end->ret != NO_RETURN && call->missed) {
		/*
		 * By now the call has fetched the memory itself; or the kernel has put the name of
		 * the new program behind its environment.
		 */
		__u64 from = argument(call, shape->path);
		if ((shape->how & CALL_REPLACES) && !end->ret)
			from = task->mm->env_end;
		if (call->missed & MISSED_PATH)
			read_path(row->path, from);
		if (call->missed & MISSED_OTHER_PATH)
			read_path(row->other_path, argument(call, shape->other_path));
	}
	row->stream = STREAM_PATH;
	row->thread = call->thread;
	row->ts = call->ts;
	row->duration_ns = end->duration_ns;
	row->ret = end->ret;
	row->inode = facts->inode;
	row->dev = facts->dev;
	row->dirfd = fd_argument(call, shape->dirfd);
	row->syscall = call->number;
	row->file_type = facts->type;
	row->fs[0] = 0;
	read_fs(facts, row->fs);
	submit(STREAM_PATH, row, sizeof(*row));
}
