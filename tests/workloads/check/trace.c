// SPDX-License-Identifier: GPL-2.0-only
/* Kernel events in the order in which they happened; see trace.h. */

#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#define INSTANCE "/sys/kernel/tracing/instances/vfio-check"

static void put(const char *file, const char *value)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), INSTANCE "/%s", file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	need(fd >= 0, "open %s", path);
	need(write(fd, value, strlen(value)) == (ssize_t)strlen(value), "write %s", path);
	close(fd);
}

/* All of a file, terminated, to be freed. */
static char *get(const char *path)
{
	size_t size = 0, room = 1 << 16;
	char *text = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	need(text && fd >= 0, "open %s", path);
	while ((n = read(fd, text + size, room - size - 1)) > 0) {
		size += n;
		if (room - size < 4096) {
			room *= 2;
			text = realloc(text, room);
			need(text, "memory for %s", path);
		}
	}
	need(!n, "read %s", path);
	close(fd);
	text[size] = '\0';
	return text;
}

void trace_begin(const char *event, ...)
{
	char file[128];
	va_list args;

	rmdir(INSTANCE);
	need(!mkdir(INSTANCE, 0700), "mkdir " INSTANCE);
	put("buffer_size_kb", "4096");
	/* The same on all CPUs, so that events of several come in order. */
	put("trace_clock", "mono");
	va_start(args, event);
	for (; event; event = va_arg(args, const char *)) {
		snprintf(file, sizeof(file), "events/%s/enable", event);
		put(file, "1");
	}
	va_end(args);
}

void trace_mark(const char *text)
{
	put("trace_marker", text);
}

/* Adds the event of a line "COMM-PID [CPU] FLAGS TIME: NAME: TEXT"; other lines are none. */
static void add_line(struct trace *trace, char *line)
{
	struct trace_event event;
	char *cpu = strstr(line, " ["), *name, *text;

	if (*line == '#' || !cpu)
		return;
	name = strstr(cpu, ": ");
	text = name ? strstr(name + 2, ": ") : NULL;
	if (!text)
		return;
	*cpu = '\0';
	*text = '\0';
	event = (struct trace_event){ .name = name + 2, .text = text + 2 };
	text = strrchr(line, '-');
	event.pid = text ? atoi(text + 1) : 0;
	if (!strcmp(event.name, "tracing_mark_write"))
		event.name = "print";
	trace->events = realloc(trace->events, (trace->count + 1) * sizeof(*trace->events));
	need(trace->events, "memory for events");
	trace->events[trace->count++] = event;
}

struct trace trace_end(void)
{
	struct trace trace = { 0 };
	char *line, *rest;
	long entries = -1, written = -2;

	put("tracing_on", "0");
	trace.buffer = get(INSTANCE "/trace");
	need(!rmdir(INSTANCE), "rmdir " INSTANCE);
	line = strstr(trace.buffer, "entries-in-buffer/entries-written: ");
	need(line && sscanf(strchr(line, ':') + 1, "%ld/%ld", &entries, &written) == 2,
	     "the trace tells how many events it has");
	need(entries == written, "no event is lost: %ld of %ld", entries, written);
	for (line = strtok_r(trace.buffer, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		add_line(&trace, line);
	return trace;
}

void trace_free(struct trace *trace)
{
	free(trace->events);
	free(trace->buffer);
	*trace = (struct trace){ 0 };
}

void trace_show(const struct trace *trace)
{
	size_t i;

	for (i = 0; i < trace->count; i++)
		note("%zu: %d %s: %s", i, trace->events[i].pid, trace->events[i].name,
		     trace->events[i].text);
}

uint64_t trace_field(const struct trace_event *event, const char *key, uint64_t missing)
{
	size_t length = strlen(key);
	const char *at = event->text;

	while ((at = strstr(at, key))) {
		if ((at == event->text || at[-1] == ' ') && at[length] == '=')
			return strtoull(at + length + 1, NULL, 0);
		at += length;
	}
	return missing;
}

size_t trace_next(const struct trace *trace, size_t from, const char *name, const char *part)
{
	size_t i;

	for (i = from; i < trace->count; i++) {
		if (!strcmp(trace->events[i].name, name) &&
		    (!part || strstr(trace->events[i].text, part)))
			return i;
	}
	return TRACE_NONE;
}

size_t trace_count(const struct trace *trace, const char *name, const char *part)
{
	size_t i = 0, count = 0;

	while ((i = trace_next(trace, i, name, part)) != TRACE_NONE) {
		count++;
		i++;
	}
	return count;
}

size_t trace_next_iova(const struct trace *trace, size_t from, const char *name, uint64_t iova,
		       uint64_t size)
{
	size_t i = from;

	while ((i = trace_next(trace, i, name, "iova=")) != TRACE_NONE) {
		uint64_t first = trace_field(&trace->events[i], "iova", 0);
		uint64_t length = trace_field(&trace->events[i], "size", 0);

		if (first < iova + size && first + length > iova)
			return i;
		i++;
	}
	return TRACE_NONE;
}
