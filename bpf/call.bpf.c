/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* System calls: a row per call of the chosen groups, or a sum. */

#include "call_path.h"
#include "call_row.h"
#include "rest.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(on_call, struct pt_regs *regs, long number)
{
	if (number < 0 || number >= CALL_COUNT)
		return 0;
	__u8 source = shape_of(number)->source;
	if (!source || IS_COMPAT(regs))
		return 0;
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	struct task_struct *current = bpf_get_current_task_btf();
	struct call *call = call_of(current, ts);
	if (!call || call->excluded)
		return 0;
	call->ts = ts;
	call->number = number;
	call->source = source;
	if (source == SOURCE_CALLS)
		return 0;
	unsigned long arguments[] = ARGUMENTS(regs);
	__builtin_memcpy(call->arguments, arguments, sizeof(arguments));
	call->missed = 0;
	if (source == SOURCE_PATH)
		begin_path(current, call);
	else if (source == SOURCE_SOCK)
		begin_sock(current, call);
	else
		read_value(call);
	return 0;
}

/* What its descriptor, or the one it returned, refers to. */
static __always_inline void describe_call(struct task_struct *task, const struct call *call,
					  __s64 ret, struct file_facts *facts)
{
	const volatile struct call_shape *shape = shape_of(call->number);
	__s32 fd = NO_FD;
	if (call->source == SOURCE_IO)
		fd = fd_argument(call, shape->fd);
	else if (call->source == SOURCE_PATH && (shape->how & CALL_NEW_FD) && ret >= 0)
		fd = ret;
	describe(task, fd, facts);
}

static __always_inline void submit_call(struct task_struct *task, struct call *call,
					struct file_facts *facts, const struct end *end)
{
	if (call->source == SOURCE_PATH)
		submit_path(task, call, facts, end);
	else if (call->source == SOURCE_IO)
		submit_io(call, facts, end);
	else if (call->source == SOURCE_SOCK)
		submit_sock(task, call, end);
	else if (call->source == SOURCE_MISC)
		submit_misc(call, end);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_return, struct pt_regs *regs, long ret)
{
	long number = SYSCALL_NUMBER(regs);
	/* A return from a signal's handler has no number any more. */
	if (number >= 0 && number < CALL_COUNT && !shape_of(number)->source)
		return 0;
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	struct task_struct *current = bpf_get_current_task_btf();
	struct call *call = bpf_task_storage_get(&calls, current, 0, 0);
	if (!call || !call->source)
		return 0;
	__u8 source = call->source;
	struct end end = { .duration_ns = ts - call->ts, .ret = ret };
	__u16 how = shape_of(call->number)->how;
	bool failed = is_error(ret) && !(how & CALL_NO_ERROR);
	if (source == SOURCE_CALLS) {
		add_to_rest(source, call->thread, call->number, 0, NULL, end.duration_ns, 0, failed,
			    ts);
	} else {
		struct file_facts facts = {};
		describe_call(current, call, ret, &facts);
		if (source < SOURCE_COUNT && end.duration_ns < settings.min_ns[source]) {
			char fs[32] __attribute__((aligned(8))) = {};
			read_fs(&facts, fs);
			add_to_rest(source, call->thread, call->number, facts.dev, fs,
				    end.duration_ns, (how & CALL_BYTES) && ret > 0 ? ret : 0,
				    failed, ts);
		} else {
			submit_call(current, call, &facts, &end);
		}
	}
	call->source = 0;
	return 0;
}

/* The calls that the end of the recording cuts. */
SEC("iter/task")
int on_stop_calls(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	if (!task || task->exit_state)
		return 0;
	struct call *call = bpf_task_storage_get(&calls, task, 0, 0);
	if (!call || !call->source)
		return 0;
	struct end end = { .duration_ns = NO_NS, .ret = NO_RETURN };
	struct file_facts facts = {};
	describe_call(task, call, NO_RETURN, &facts);
	submit_call(task, call, &facts, &end);
	call->source = 0;
	return 0;
}
