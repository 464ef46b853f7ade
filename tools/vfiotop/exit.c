// SPDX-License-Identifier: GPL-2.0-only
#include "exit.h"

#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("vfiotop: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}
