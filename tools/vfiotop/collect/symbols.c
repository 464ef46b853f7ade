// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX " vfio_"

static int add(struct symbols *symbols, const struct symbol *symbol)
{
	/* Room for a power of two. */
	if (!(symbols->n & (symbols->n - 1))) {
		size_t slots = symbols->n ? symbols->n * 2 : 1;
		struct symbol *more = realloc(symbols->all, slots * sizeof(*more));

		if (!more)
			return -ENOMEM;
		symbols->all = more;
	}
	symbols->all[symbols->n++] = *symbol;
	return 0;
}

/* A line: address, type, name, and perhaps the module in brackets. */
static int take(struct symbols *symbols, const char *line)
{
	struct symbol symbol = { 0 };

	if (sscanf(line, "%" SCNx64 " %c %63s [%31[^]]", &symbol.address, &symbol.type, symbol.name,
		   symbol.module) < 3)
		return 0;
	return add(symbols, &symbol);
}

/* The lines that end in @text, which ends in one. */
static int take_lines(struct symbols *symbols, char *text, size_t size)
{
	char *end = text + size, *found = text;
	int error = 0;

	while (!error && (found = memmem(found, (size_t)(end - found), PREFIX, strlen(PREFIX)))) {
		char *start = memrchr(text, '\n', (size_t)(found - text));
		char *stop = memchr(found, '\n', (size_t)(end - found));

		*stop = '\0';
		error = take(symbols, start ? start + 1 : text);
		*stop = '\n';
		found = stop;
	}
	return error;
}

static int read_all(struct symbols *symbols, int fd)
{
	char buffer[65536];
	size_t kept = 0;

	for (;;) {
		ssize_t got = read(fd, buffer + kept, sizeof(buffer) - kept);
		size_t size = kept + (got > 0 ? (size_t)got : 0);
		char *last = memrchr(buffer, '\n', size);
		size_t lines = last ? (size_t)(last + 1 - buffer) : 0;
		int error = lines ? take_lines(symbols, buffer, lines) : 0;

		if (error || got <= 0)
			return got < 0 ? -errno : error;
		kept = size - lines;
		if (kept == sizeof(buffer))
			return -E2BIG;
		memmove(buffer, buffer + lines, kept);
	}
}

int symbols_read(struct symbols *symbols, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;

	*symbols = (struct symbols){ 0 };
	if (fd < 0)
		return -errno;
	error = read_all(symbols, fd);
	close(fd);
	return error;
}

const struct symbol *symbols_find(const struct symbols *symbols, const char *name,
				  const char *module)
{
	for (size_t i = 0; i < symbols->n; i++) {
		const struct symbol *symbol = &symbols->all[i];

		if (!strcmp(symbol->name, name) &&
		    (!symbol->module[0] || !strcmp(symbol->module, module)))
			return symbol;
	}
	return NULL;
}

void symbols_free(struct symbols *symbols)
{
	free(symbols->all);
	*symbols = (struct symbols){ 0 };
}
