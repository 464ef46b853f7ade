/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes up calls: most of them such as might succeed, some of them senseless. */
#ifndef GRAMMAR_H
#define GRAMMAR_H

#include "calls.h"
#include "model.h"

/* The next number of a sequence that @state begins; the same on each machine. */
uint64_t random_next(uint64_t *state);

/* The next call of a user for whom things are as @m has them. */
void grammar_call(uint64_t *random, struct model *m, struct call *call);

#endif /* GRAMMAR_H */
