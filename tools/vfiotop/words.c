// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Three or four digits and a unit: the larger the number, the fewer decimals. */
static void scaled(double value, const char *unit, char *word)
{
	int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

	snprintf(word, WORD_SIZE, "%.*f %s", decimals, value, unit);
}

void word_bytes(uint64_t bytes, char *word)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1023.5 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		value /= 1024;
		unit++;
	}
	if (unit == 0 || value == (double)(uint64_t)value)
		snprintf(word, WORD_SIZE, "%" PRIu64 " %s", (uint64_t)value, units[unit]);
	else
		scaled(value, units[unit], word);
}

void word_ns(uint64_t ns, char *word)
{
	if (ns < 1000)
		snprintf(word, WORD_SIZE, "%" PRIu64 " ns", ns);
	else if (ns < 999500)
		scaled((double)ns / 1e3, "µs", word);
	else if (ns < 999500000)
		scaled((double)ns / 1e6, "ms", word);
	else
		scaled((double)ns / 1e9, "s", word);
}

void word_error(int ret, char *word)
{
	const char *name = ret < 0 ? strerrorname_np(-ret) : NULL;

	if (name)
		snprintf(word, WORD_SIZE, "%d %s", ret, name);
	else
		snprintf(word, WORD_SIZE, "%d", ret);
}
