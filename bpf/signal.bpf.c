/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Signals: a row for each that is sent, be it by a thread or by the kernel on its behalf. */

#include "context.h"
#include "thread.h"

/* What the kernel passes in place of a description. */
#define SEND_SIG_NOINFO 0
#define SEND_SIG_PRIV 1

#define SI_USER 0
#define SI_KERNEL 0x80

static __always_inline __s32 code_of(struct kernel_siginfo *info)
{
	/* As a number, since a verifier may take the pointer for one that is never NULL. */
	__u64 address = number_of(info);
	if (address == SEND_SIG_NOINFO)
		return SI_USER;
	if (address == SEND_SIG_PRIV)
		return SI_KERNEL;
	return BPF_CORE_READ((struct kernel_siginfo *)address, si_code);
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int signal, struct kernel_siginfo *info, struct task_struct *task,
	     int whole_process, int outcome)
{
	__u64 ts = bpf_ktime_get_ns();
	if (!is_recorded(ts))
		return 0;
	struct task_struct *current = bpf_get_current_task_btf();
	struct thread *sender = current->pid ? thread_of(current, ts) : NULL;
	if (sender && sender->excluded)
		return 0;
	struct thread *target = thread_of(task, ts);
	struct signal_event event = {
		.stream = STREAM_SIGNAL,
		.thread = sender ? sender->number : 0,
		.ts = ts,
		.target = target ? target->number : 0,
		.target_tid = task->pid,
		.target_pid = task->tgid,
		.signal = signal,
		.si_code = code_of(info),
		.outcome = outcome,
		.whole_process = whole_process,
	};
	submit(STREAM_SIGNAL, &event, sizeof(event));
	return 0;
}
