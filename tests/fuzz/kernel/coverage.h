/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which places of the modules a call reaches, where kernel and modules are built with KCOV:
 * see tests/vm/debug-kernel.config. Elsewhere nothing is ever new.
 */
#ifndef COVERAGE_H
#define COVERAGE_H

#include <stdbool.h>

/* Begins to follow this thread; false where that is not possible. */
bool coverage_start(void);

/* Before a call, and after it: whether it has reached a place for the first time. */
void coverage_before(void);
bool coverage_after(void);

/* Prints all places reached, a line each: "place MODULE SECTION OFFSET". */
void coverage_print(void);

#endif /* COVERAGE_H */
