// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "stacks.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "symbol.h"

#define FILE_SIZE 192

/* A part of a file that a process has mapped. */
struct part {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* in the file, of @start */
	char file[FILE_SIZE];
};

/* The process that was asked for last: its stacks come one after the other. */
struct stacks {
	uint32_t pid;
	struct symbol_table *symbols;
	struct part *parts;
	size_t n_parts;
};

struct stacks *stacks_new(void)
{
	return calloc(1, sizeof(struct stacks));
}

void stacks_forget(struct stacks *s)
{
	symbol_table_close(s->symbols);
	free(s->parts);
	*s = (struct stacks){ 0 };
}

void stacks_free(struct stacks *s)
{
	if (s)
		stacks_forget(s);
	free(s);
}

static bool add_part(struct stacks *s, const struct part *part)
{
	struct part *more;

	/* A power of two: it is full. */
	if (!(s->n_parts & (s->n_parts - 1))) {
		more = realloc(s->parts, (s->n_parts ? 2 * s->n_parts : 1) * sizeof(*more));
		if (!more)
			return false;
		s->parts = more;
	}
	s->parts[s->n_parts++] = *part;
	return true;
}

/* What is executable: "start-end r-xp offset device inode   file". */
static void read_parts(struct stacks *s)
{
	char path[64], *line = NULL;
	struct part part = { 0 };
	size_t room = 0;
	char flags[8];
	FILE *maps;
	int at;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", s->pid);
	maps = fopen(path, "re");
	while (maps && getline(&line, &room, maps) > 0) {
		at = 0;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %n", &part.start,
			   &part.end, flags, &part.offset, &at) < 4 ||
		    flags[2] != 'x')
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(part.file, sizeof(part.file), "%.*s", FILE_SIZE - 1, at ? line + at : "");
		clean_text(part.file, sizeof(part.file));
		if (!add_part(s, &part))
			break;
	}
	free(line);
	if (maps)
		fclose(maps);
}

static const struct part *find_part(const struct stacks *s, uint64_t address)
{
	for (size_t i = 0; i < s->n_parts; i++)
		if (address >= s->parts[i].start && address < s->parts[i].end)
			return &s->parts[i];
	return NULL;
}

void stacks_name(struct stacks *s, uint32_t pid, uint64_t address, char name[STACKS_NAME_SIZE])
{
	const struct part *part;
	const char *function;
	uint64_t offset = 0;

	if (s->pid != pid) {
		stacks_forget(s);
		s->pid = pid;
		s->symbols = symbol_table_open(pid);
		read_parts(s);
	}
	part = find_part(s, address);
	function = s->symbols ? symbol_find(s->symbols, address, &offset) : NULL;
	if (function && part)
		snprintf(name, STACKS_NAME_SIZE, "%.100s+0x%" PRIx64 " (%s)", function, offset,
			 part->file);
	else if (part && part->file[0])
		snprintf(name, STACKS_NAME_SIZE, "%s+0x%" PRIx64, part->file,
			 address - part->start + part->offset);
	else
		snprintf(name, STACKS_NAME_SIZE, "0x%" PRIx64, address);
	clean_text(name, STACKS_NAME_SIZE);
}
