// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded: every bpf() call waits at its begin for as long as nobody opens the FIFO
 * CLOSED_DOOR for writing. Tests see what a program does meanwhile.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGUMENTS 6

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long a[ARGUMENTS];
	va_list list;
	int i;

	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	va_start(list, number);
	for (i = 0; i < ARGUMENTS; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf)
		close(open(getenv("CLOSED_DOOR"), O_RDONLY | O_CLOEXEC));
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
