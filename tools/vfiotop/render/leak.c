// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "lines.h"

#define SHOWN_RANGES 4
#define SHOWN_MADE   4

static void append(char line[LINE_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void append(char line[LINE_SIZE], const char *format, ...)
{
	size_t used = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + used, LINE_SIZE - used, format, args);
	va_end(args);
}

static void append_ago(char line[LINE_SIZE], const char *what, struct figure then, uint64_t now_ns)
{
	char ago[WORD_SIZE];

	if (!then.known || now_ns < then.value)
		return;
	word_ns(now_ns - then.value, ago);
	append(line, "%s%s %s ago", line[0] ? ", " : "", what, ago);
}

static void add_head(const struct leak_view *leak, struct text *text)
{
	char line[LINE_SIZE] = "", bytes[WORD_SIZE], pid[WORD_SIZE];

	word_figure(UNIT_BYTES, leak->bytes, bytes);
	word_figure(UNIT_NUMBER, leak->pid, pid);
	append(line, "%s: %s in %s %" PRIu64, leak->name, bytes,
	       leak->ioas.known ? "address space" : "container", leak->container.value);
	if (leak->ioas.known)
		append(line, " (IOAS %" PRIu64 ")", leak->ioas.value);
	append(line, " of process %s (%s%s%s)", pid, leak->comm[0] ? leak->comm : "-",
	       leak->owner[0] ? ", " : "", leak->owner);
	for (size_t i = 0; i < leak->n_groups; i++)
		append(line, "%s%" PRIu32, i ? " " : ", group ", leak->groups[i]);
	for (size_t i = 0; i < leak->n_devices; i++)
		append(line, "%s%s", i ? " " : ", device ", leak->devices[i]);
	add_line(text, STYLE_WARNING, "%s", line);
}

static void add_figures(const struct leak_view *leak, uint64_t now_ns, struct text *text)
{
	char line[LINE_SIZE] = "", word[WORD_SIZE];

	append_ago(line, "noticed", leak->since_ns, now_ns);
	append_ago(line, "opened", leak->opened_ns, now_ns);
	if (leak->before_watch.known && leak->before_watch.value)
		append(line, "%sopened before the watch", line[0] ? ", " : "");
	if (leak->pinned.known) {
		word_figure(UNIT_BYTES, leak->pinned, word);
		append(line, "%s%s pinned", line[0] ? ", " : "", word);
		word_figure(UNIT_COUNT, leak->mappings, word);
		append(line, " by %s mappings", word);
	}
	if (leak->suspected.known && leak->suspected.value)
		append(line, ", suspected");
	else if (leak->confidence.known)
		append(line, ", %" PRIu64 " %% sure", leak->confidence.value);
	if (line[0])
		add_line(text, STYLE_NORMAL, "  now:  %s", line);
}

/* The first of the ranges, by address. */
static void add_ranges(const struct leak_view *leak, struct text *text)
{
	char line[LINE_SIZE] = "", size[WORD_SIZE];
	size_t i;

	for (i = 0; i < leak->n_ranges && i < SHOWN_RANGES; i++) {
		word_figure(UNIT_BYTES, leak->ranges[i].size, size);
		append(line, "%s%s at 0x%" PRIx64, i ? ", " : "", size, leak->ranges[i].iova.value);
	}
	if (i < leak->n_ranges)
		append(line, ", and %zu more", leak->n_ranges - i);
	if (line[0])
		add_line(text, STYLE_NORMAL, "  maps: %s", line);
}

static void add_oldest(const struct leak_view *leak, uint64_t now_ns, struct text *text)
{
	char line[LINE_SIZE] = "", size[WORD_SIZE];

	if (!leak->oldest_iova.known)
		return;
	word_figure(UNIT_BYTES, leak->oldest_size, size);
	append_ago(line, "made", leak->oldest_ns, now_ns);
	append(line, " by thread %" PRIu64, leak->oldest_tid.value);
	add_line(text, STYLE_NORMAL, "  maps: the oldest, %s at 0x%" PRIx64 ", %s", size,
		 leak->oldest_iova.value, line);
}

/* The first of the mappings that were seen to be made. */
static void add_made(const struct leak_view *leak, uint64_t now_ns, struct text *text)
{
	char pinned[WORD_SIZE], charged[WORD_SIZE], size[WORD_SIZE];
	size_t i;

	for (i = 0; i < leak->n_made && i < SHOWN_MADE; i++) {
		const struct made_view *m = &leak->made[i];
		char line[LINE_SIZE] = "";

		word_figure(UNIT_BYTES, m->size, size);
		word_figure(UNIT_BYTES, m->pinned, pinned);
		word_figure(UNIT_BYTES, m->charged, charged);
		append(line, "%s at 0x%" PRIx64 ", %s pinned, %s charged", size, m->iova.value,
		       pinned, charged);
		append_ago(line, "made", m->made_ns, now_ns);
		append(line, " by thread %" PRIu64 " of process %" PRIu64, m->tid.value,
		       m->pid.value);
		if (m->n_stack)
			append(line, " in %s", m->stack[m->n_stack > 1]);
		add_line(text, STYLE_NORMAL, "  maps: %s", line);
	}
	if (i < leak->n_made)
		add_line(text, STYLE_NORMAL, "  maps: and %zu younger ones", leak->n_made - i);
}

static void add_stack(const struct leak_view *leak, struct text *text)
{
	for (size_t i = 0; i < leak->n_stack; i++)
		add_line(text, STYLE_NORMAL, "  %s %s", i ? "     " : "made:", leak->stack[i]);
}

void render_leak(const struct leak_view *leak, uint64_t now_ns, struct text *text)
{
	add_head(leak, text);
	add_line(text, STYLE_NORMAL, "  why:  %s", leak->text);
	add_figures(leak, now_ns, text);
	if (leak->n_made)
		add_made(leak, now_ns, text);
	else
		add_oldest(leak, now_ns, text);
	add_ranges(leak, text);
	add_stack(leak, text);
	add_line(text, STYLE_NORMAL, "  next: %s", leak->next);
}

void render_host(const struct host_view *host, struct text *text)
{
	char pinned[WORD_SIZE], vfio[WORD_SIZE], kept[WORD_SIZE], others[WORD_SIZE];
	char line[LINE_SIZE] = "";

	if (!host->kept.value && !host->others.value)
		return;
	word_figure(UNIT_BYTES, host->pinned, pinned);
	word_figure(UNIT_BYTES, host->vfio, vfio);
	word_figure(UNIT_BYTES, host->kept, kept);
	word_figure(UNIT_BYTES, host->others, others);
	append(line, "host: %s pinned, %s by VFIO, %s left behind, %s not VFIO", pinned, vfio, kept,
	       others);
	if (host->pinner_pid.known)
		append(line, " (most by %" PRIu64 ", %s)", host->pinner_pid.value,
		       host->pinner_comm);
	add_line(text, host->kept.value ? STYLE_WARNING : STYLE_NORMAL, "%s", line);
}
