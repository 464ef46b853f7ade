// SPDX-License-Identifier: GPL-2.0-only
#include "suppressions.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"

#define WORDS 8 /* of a line, at most */

/* What a word of a line is about. */
enum condition_type {
	KIND,
	PROCESS,
	PID,
	GROUP,
	DEVICE,
	CONTAINER,
	UP_TO,
	CONDITION_TYPES,
};

static const char *const names[CONDITION_TYPES] = {
	[KIND] = "kind",     [PROCESS] = "process",	[PID] = "pid",	   [GROUP] = "group",
	[DEVICE] = "device", [CONTAINER] = "container", [UP_TO] = "up-to",
};

struct condition {
	enum condition_type type;
	const char *text; /* of KIND, PROCESS and DEVICE: a pattern */
	uint64_t number;  /* of the others */
};

/* A line. All its conditions have to be met. */
struct suppression {
	struct suppression *next;
	struct condition conditions[WORDS];
	size_t n;
	char line[];
};

struct suppressions {
	struct suppression *first;
};

/* --- Match ------------------------------------------------------------------------------- */

static bool is_one(struct figure figure, uint64_t number)
{
	return figure.known && figure.value == number;
}

static bool has_group(const struct leak_view *leak, uint64_t group)
{
	for (size_t i = 0; i < leak->n_groups; i++)
		if (leak->groups[i] == group)
			return true;
	return false;
}

static bool has_device(const struct leak_view *leak, const char *pattern)
{
	for (size_t i = 0; i < leak->n_devices; i++)
		if (!fnmatch(pattern, leak->devices[i], 0))
			return true;
	return false;
}

static bool is_met(const struct condition *c, const struct leak_view *leak)
{
	switch (c->type) {
	case KIND:
		return !fnmatch(c->text, leak->name, 0);
	case PROCESS:
		return leak->comm[0] && !fnmatch(c->text, leak->comm, 0);
	case PID:
		return is_one(leak->pid, c->number);
	case GROUP:
		return has_group(leak, c->number);
	case DEVICE:
		return has_device(leak, c->text);
	case CONTAINER:
		return is_one(leak->container, c->number);
	default:
		return leak->bytes.known && leak->bytes.value <= c->number;
	}
}

bool suppressions_match(const struct suppressions *suppressions, const struct leak_view *leak)
{
	const struct suppression *s = suppressions ? suppressions->first : NULL;

	for (; s; s = s->next) {
		size_t i = 0;

		while (i < s->n && is_met(&s->conditions[i], leak))
			i++;
		if (i == s->n)
			return true;
	}
	return false;
}

/* --- Read -------------------------------------------------------------------------------- */

/* A number, for bytes also with K, M or G behind it. */
static bool parse_number(const char *text, bool bytes, uint64_t *number)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno)
		return false;
	unit = bytes && *end ? strchr(units, *end) : NULL;
	if (!unit)
		return !*end;
	return !end[1] && !__builtin_mul_overflow(*number, 1ULL << 10 * (unit - units + 1), number);
}

/* One word; NULL, or what is wrong. The first one is a kind, which needs no name. */
static const char *parse_word(struct suppression *s, char *word)
{
	struct condition *c = &s->conditions[s->n];
	char *value = strchr(word, '=');
	size_t type = KIND;

	if (s->n == WORDS)
		return "there are too many conditions";
	if (value) {
		*value++ = '\0';
		while (type < CONDITION_TYPES && strcmp(word, names[type]))
			type++;
	} else if (s->n) {
		return "a condition is NAME=VALUE";
	}
	if (type == CONDITION_TYPES)
		return "the name of a condition is kind, process, pid, group, device, container "
		       "or up-to";
	c->type = (enum condition_type)type;
	c->text = value ? value : word;
	if (!*c->text)
		return "a condition has no value";
	if (type != KIND && type != PROCESS && type != DEVICE &&
	    !parse_number(c->text, type == UP_TO, &c->number))
		return "this condition needs a number";
	s->n++;
	return NULL;
}

/* A line that is not empty. */
static const char *parse_line(struct suppressions *suppressions, const char *line)
{
	struct suppression *s = calloc(1, sizeof(*s) + strlen(line) + 1);
	const char *why = NULL;
	char *rest = NULL, *word;

	if (!s)
		return "not enough memory";
	s->next = suppressions->first;
	suppressions->first = s;
	memcpy(s->line, line, strlen(line) + 1);
	for (word = strtok_r(s->line, " \t\n", &rest); word && !why;
	     word = strtok_r(NULL, " \t\n", &rest))
		why = parse_word(s, word);
	return why;
}

static bool is_empty(const char *line)
{
	line += strspn(line, " \t\n");
	return !*line || *line == '#';
}

struct suppressions *suppressions_read(const char *path)
{
	struct suppressions *suppressions = calloc(1, sizeof(*suppressions));
	FILE *file = fopen(path, "re");
	const char *why = file && suppressions ? NULL : strerror(errno);
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;

	while (!why && getline(&line, &size, file) >= 0) {
		number++;
		if (!is_empty(line))
			why = parse_line(suppressions, line);
	}
	if (!why && ferror(file)) {
		number = 0;
		why = strerror(errno);
	}
	free(line);
	if (file)
		fclose(file);
	if (!why)
		return suppressions;
	if (number)
		complain("%s:%u: %s", path, number, why);
	else
		complain("cannot read %s: %s", path, why);
	suppressions_free(suppressions);
	return NULL;
}

void suppressions_free(struct suppressions *suppressions)
{
	struct suppression *s = suppressions ? suppressions->first : NULL;

	while (s) {
		struct suppression *next = s->next;

		free(s);
		s = next;
	}
	free(suppressions);
}
