/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The sums that are left at the stop, of all CPUs. */

#include "rest.h"

/* One CPU; 1 after the last. */
static long submit_cpu(__u64 cpu, void *nothing)
{
	__u32 zero = 0;
	struct rest_sums *sums = bpf_map_lookup_percpu_elem(&rest_sums, &zero, cpu);
	if (!sums)
		return 1;
	for (__u32 index = 0; index < REST_SUMS; index++)
		if (!send_sum(&sums->sums[index]))
			count(STREAM_REST);
	return 0;
}

SEC("iter/task")
int on_stop_rest(struct bpf_iter__task *ctx)
{
	/* Once: the end of the list. */
	if (!ctx->task)
		bpf_loop(MOST_CPUS, submit_cpu, NULL, 0);
	return 0;
}
