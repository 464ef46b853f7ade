// SPDX-License-Identifier: GPL-2.0-only
#include "exit.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned int holds;
static char kept[COMPLAINT_SIZE];

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (holds) {
		vsnprintf(kept, sizeof(kept), format, args);
	} else {
		fputs("vfiotop: ", stderr);
		vfprintf(stderr, format, args);
		fputc('\n', stderr);
	}
	va_end(args);
}

void complaint_hold(void)
{
	holds++;
	kept[0] = '\0';
}

void complaint_release(char last[COMPLAINT_SIZE])
{
	holds--;
	memcpy(last, kept, sizeof(kept));
}
