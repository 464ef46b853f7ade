// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"

#define LINE_MOST 1024

/* A value. */
struct kept {
	struct kept *next;
	char text[];
};

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t\r\n");
	length = strlen(text);
	while (length && strchr(" \t\r\n", text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

/* A comment begins where a word may begin, so that values may have the character. */
static void drop_comment(char *line)
{
	for (char *at = line; (at = strchr(at, '#')); at++) {
		if (at != line && at[-1] != ' ' && at[-1] != '\t')
			continue;
		*at = '\0';
		return;
	}
}

/* Options point to values for as long as the program runs. */
static char *keep(const char *text)
{
	static struct kept *all;
	size_t size = strlen(text) + 1;
	struct kept *kept = malloc(sizeof(*kept) + size);

	if (!kept)
		return NULL;
	memcpy(kept->text, text, size);
	kept->next = all;
	all = kept;
	return kept->text;
}

/* What is wrong with a line, NULL when nothing is. */
static const char *take_line(char *line, config_take take, void *context)
{
	char *name, *value = NULL, *sign;

	drop_comment(line);
	name = trim(line);
	if (!*name)
		return NULL;
	sign = strchr(name, '=');
	if (sign) {
		*sign = '\0';
		value = keep(trim(sign + 1));
		if (!value)
			return "not enough memory; free some";
	}
	return take(context, trim(name), value);
}

static bool read_lines(const char *path, FILE *file, config_take take, void *context)
{
	char line[LINE_MOST];

	for (unsigned int number = 1; fgets(line, sizeof(line), file); number++) {
		const char *why = strchr(line, '\n') || strlen(line) + 1 < sizeof(line)
					  ? take_line(line, take, context)
					  : "the line is too long";

		if (!why)
			continue;
		complain("%s, line %u: %s", path, number, why);
		return false;
	}
	if (!ferror(file))
		return true;
	complain("cannot read %s: %s; give another file", path, strerror(errno));
	return false;
}

bool config_read(const char *path, bool needed, config_take take, void *context)
{
	FILE *file = fopen(path, "re");
	bool taken;

	if (!file && !needed && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return true;
	if (!file) {
		complain("cannot read %s: %s; give another file", path, strerror(errno));
		return false;
	}
	taken = read_lines(path, file, take, context);
	fclose(file);
	return taken;
}

bool config_user_path(char *path, unsigned long size)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (base && base[0] == '/')
		return (unsigned long)snprintf(path, size, "%s/vfiotop/config", base) < size;
	if (home && home[0] == '/')
		return (unsigned long)snprintf(path, size, "%s/.config/vfiotop/config", home) <
		       size;
	return false;
}
