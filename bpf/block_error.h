/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What went wrong with a request to a disk, as programs know it. */
#pragma once

#include "stack.h"

/* Errors by the kernel's numbers of them; 10 and others are EIO. */
static const __s32 block_errors[32] = {
	[1] = -95,   /* EOPNOTSUPP */
	[2] = -110,  /* ETIMEDOUT */
	[3] = -28,   /* ENOSPC */
	[4] = -67,   /* ENOLINK */
	[5] = -121,  /* EREMOTEIO */
	[6] = -52,   /* EBADE */
	[7] = -61,   /* ENODATA */
	[8] = -84,   /* EILSEQ */
	[9] = -12,   /* ENOMEM */
	[11] = -78,  /* EREMCHG */
	[12] = -11,  /* EAGAIN */
	[13] = -16,  /* EBUSY */
	[15] = -109, /* ETOOMANYREFS */
	[16] = -75,  /* EOVERFLOW */
	[17] = -19,  /* ENODEV */
	[18] = -62,  /* ETIME */
	[19] = -22,  /* EINVAL */
};

static __always_inline __s32 errno_of(__u32 status)
{
	if (!status)
		return 0;
	/* Linux 6.10 took out number 14 and moved four others; this type came soon after. */
	if (status > 13 && status < 18 && bpf_core_type_exists(enum rqf_flags))
		status += 1;
	__s32 error = block_errors[bounded(status, 31)];
	return error ? error : -5; /* EIO */
}
