// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded: BPF programs whose name begins with REFUSED_PROGRAMS do not load, as if the
 * kernel had refused them by the errno in REFUSED_BY.
 */
#include <stdlib.h>
#include <string.h>

#include "bpf_calls.h"

static int before_bpf(long command, const union bpf_attr *attr)
{
	const char *names = getenv("REFUSED_PROGRAMS");

	if (command != BPF_PROG_LOAD || !names || strncmp(attr->prog_name, names, strlen(names)))
		return 0;
	return atoi(getenv("REFUSED_BY"));
}
