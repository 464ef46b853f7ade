// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded: BPF programs whose name begins with REFUSED_PROGRAMS do not load, as if the
 * kernel had refused them by the errno in REFUSED_BY.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define ARGUMENTS 6

static int is_refused(long number, const long *a)
{
	const char *names = getenv("REFUSED_PROGRAMS");
	const union bpf_attr *attr = (const union bpf_attr *)a[1];

	return number == SYS_bpf && a[0] == BPF_PROG_LOAD && names &&
	       !strncmp(attr->prog_name, names, strlen(names));
}

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
	if (is_refused(number, a)) {
		errno = atoi(getenv("REFUSED_BY"));
		return -1;
	}
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
