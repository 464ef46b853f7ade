/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who else pins memory: io_uring and RDMA, among others, note what they pin for a process in its
 * VmPin.
 */
#ifndef VFIOTOP_PINNERS_H
#define VFIOTOP_PINNERS_H

#include "pace.h"
#include "snapshot.h"

/**
 * struct pinners - what was found at the last look
 * @pid: the process with most pinned, 0 when none has any
 * @comm: its name
 * @bytes: how much
 * @pace: how often there may be a look
 */
struct pinners {
	uint32_t pid;
	char comm[VT_COMM_LEN];
	uint64_t bytes;
	struct pace pace;
};

/**
 * pinners_hurry - have the next pinners_look() look, however lately that was done
 * @pinners: all zeros in the beginning
 */
void pinners_hurry(struct pinners *pinners);

/**
 * pinners_look - look at all processes, if the last look was long enough ago
 * @pinners: gets what was found
 */
void pinners_look(struct pinners *pinners);

#endif /* VFIOTOP_PINNERS_H */
