/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What counting the runs of stock modules may cost: a program runs once a run. A map may have
 * one run, one more for each VT_RUN_PAGES pages, and what is left of VT_RUNS_BURST, which such
 * maps fill up again. Beyond that no more runs are counted, until vfiotop is started again.
 */
#ifndef VFIOTOP_STOCK_BUDGET_BPF_H
#define VFIOTOP_STOCK_BUDGET_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "vfiotop.h"

/* Whether there is a budget; set before loading. */
const volatile __u32 runs_limited = 1;

/* Not 0 once it is used up. */
__u64 runs_over;

/* What maps had beyond their own share. */
__s64 runs_spent;

static __always_inline __s64 runs_beyond_share(__u64 runs, __u64 pages)
{
	return (__s64)runs - 1 - (__s64)(pages / VT_RUN_PAGES);
}

/* Whether one more run of a map may be counted, which is the last of these. */
static __always_inline bool runs_allowed(__u64 runs, __u64 pages)
{
	if (runs_over)
		return false;
	if (!runs_limited || runs_beyond_share(runs, pages) <= VT_RUNS_BURST - runs_spent)
		return true;
	runs_over = 1;
	return false;
}

/* A map has ended. Threads that do this at once may forget a little of what is spent. */
static __always_inline void runs_settle(__u64 runs, __u64 pages)
{
	__s64 beyond = runs ? runs_beyond_share(runs, pages) : 0;

	if (!beyond || (beyond < 0 && !runs_spent))
		return;
	__sync_fetch_and_add(&runs_spent, beyond);
	if (runs_spent < 0)
		runs_spent = 0;
}

#endif /* VFIOTOP_STOCK_BUDGET_BPF_H */
