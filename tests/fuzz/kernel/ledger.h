/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is pinned and locked: of vfio_test_ledger, which is cheap, and where that does not say
 * what is expected, of /proc.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>

/**
 * struct ledger - what is pinned and locked
 * @pinned: pages, of all processes, beside those that were when the ledger began
 * @locked: pages of this process
 */
struct ledger {
	long pinned;
	long locked;
};

/* Opens it; returns 0 or a negative errno. */
int ledger_open(void);

/* What is pinned now is none of the caller's. */
void ledger_begin(void);

/* So many pages are pinned, and as many locked. Else @ledger gets what is. */
bool ledger_is(long pages, struct ledger *ledger);

#endif /* LEDGER_H */
