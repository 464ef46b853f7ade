/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel events in the order in which they happened: what a test of a window looks at.
 *
 * Events go to an instance of their own, so a check does not disturb others that trace.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct trace_event - one event
 * @name: without its system: "map", "vfio_dma_map"
 * @text: what it prints
 * @pid: thread id of the task in which it happened
 */
struct trace_event {
	const char *name;
	const char *text;
	int pid;
};

/**
 * struct trace - what was recorded, oldest first
 * @count: events
 * @events: the events
 * @buffer: what their texts lie in
 */
struct trace {
	size_t count;
	struct trace_event *events;
	char *buffer;
};

/* "Not found" of the functions below. */
#define TRACE_NONE SIZE_MAX

/* Records events, "system/name" each, up to a NULL. Ends the program if one does not exist. */
void trace_begin(const char *event, ...) __attribute__((sentinel));
/* An event "print" with this text, to mark where in the trace the test is. */
void trace_mark(const char *text);
/* Ends recording. Ends the program if events were lost. */
struct trace trace_end(void);
void trace_free(struct trace *trace);
/* Shows all events as notes of the test. */
void trace_show(const struct trace *trace);

/* A number in an event's text, after "KEY="; @missing if it has none. */
uint64_t trace_field(const struct trace_event *event, const char *key, uint64_t missing);
/* The next event of this name whose text contains @part (NULL: any), at @from or later. */
size_t trace_next(const struct trace *trace, size_t from, const char *name, const char *part);
size_t trace_count(const struct trace *trace, const char *name, const char *part);
/* The next iommu:map or iommu:unmap (@name) that touches IOVAs of a range. */
size_t trace_next_iova(const struct trace *trace, size_t from, const char *name, uint64_t iova,
		       uint64_t size);

#endif /* TRACE_H */
