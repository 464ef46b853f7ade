// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded: every bpf() call waits at its begin for as long as nobody opens the FIFO
 * CLOSED_DOOR for writing. Tests see what a program does meanwhile.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "bpf_calls.h"

static int before_bpf(long command, const union bpf_attr *attr)
{
	(void)command;
	(void)attr;
	close(open(getenv("CLOSED_DOOR"), O_RDONLY | O_CLOEXEC));
	return 0;
}
