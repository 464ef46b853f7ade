/* SPDX-License-Identifier: GPL-2.0-only */
/* For what is preloaded to be asked about each bpf() call of a program. */
#ifndef BPF_CALLS_H
#define BPF_CALLS_H

#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <sys/syscall.h>

#define ARGUMENTS 6

/* What the preloaded library does first. Returns 0, or the errno by which the call fails. */
static int before_bpf(long command, const union bpf_attr *attr);

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	int error = 0, i;
	long a[ARGUMENTS];
	va_list list;

	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	va_start(list, number);
	for (i = 0; i < ARGUMENTS; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf)
		error = before_bpf(a[0], (const union bpf_attr *)a[1]);
	if (!error)
		return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	errno = error;
	return -1;
}

#endif /* BPF_CALLS_H */
