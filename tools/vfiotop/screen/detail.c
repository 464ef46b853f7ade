// SPDX-License-Identifier: GPL-2.0-only
#include "detail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "render/iova_map.h"
#include "render/lines.h"
#include "render/tables.h"

/* --- Figures ------------------------------------------------------------------------- */

static void add_heading(struct text *text, const char *heading)
{
	add_line(text, STYLE_NORMAL, "%s", "");
	add_line(text, STYLE_TITLE, "%s", heading);
}

static void append(char line[LINE_SIZE], const char *what, enum field_unit unit,
		   struct figure figure)
{
	size_t used = strlen(line);
	char word[WORD_SIZE];

	word_figure(unit, figure, word);
	snprintf(line + used, LINE_SIZE - used, "  %s %s", what, word);
}

/* Adds the line, and begins another. */
static void end_line(struct text *text, char line[LINE_SIZE])
{
	add_line(text, STYLE_NORMAL, "%s", line);
	*line = '\0';
}

static void add_nodes(struct text *text, const struct container_view *c)
{
	for (size_t i = 0; i < c->n_numa; i++) {
		char line[LINE_SIZE] = "";

		append(line, "cgroup on NUMA node", UNIT_NUMBER, c->numa[i].node);
		append(line, "memory", UNIT_BYTES, c->numa[i].memory);
		append(line, "hugetlb", UNIT_BYTES, c->numa[i].hugetlb);
		add_line(text, STYLE_NORMAL, "%s", line);
	}
}

static void add_oldest(struct text *text, const struct view *view, const struct container_view *c)
{
	uint64_t now = view->time_ns.value, then = c->oldest_ns.value;
	struct figure age = { now - then, c->oldest_ns.known && now >= then };
	char line[LINE_SIZE] = "";

	if (!c->oldest_iova.known)
		return;
	append(line, "oldest mapping", UNIT_BYTES, c->oldest_size);
	append(line, "at", UNIT_ADDRESS, c->oldest_iova);
	append(line, "age", UNIT_NS, age);
	append(line, "by thread", UNIT_NUMBER, c->oldest_tid);
	add_line(text, STYLE_NORMAL, "%s", line);
}

static void add_memory(struct text *text, const struct view *view, const struct container_view *c)
{
	char line[LINE_SIZE] = "";
	bool unlimited = c->locked_unlimited.known && c->locked_unlimited.value;

	add_heading(text, "Memory");
	append(line, "pinned", UNIT_BYTES, c->pinned);
	append(line, "peak", UNIT_BYTES, c->pinned_peak);
	append(line, "charged", UNIT_BYTES, c->charged);
	append(line, "left pinned", UNIT_BYTES, c->left_pinned);
	append(line, "RSS", UNIT_BYTES, c->rss);
	end_line(text, line);
	append(line, "locked by the process", UNIT_BYTES, c->locked);
	if (unlimited)
		strcat(line, "  RLIMIT_MEMLOCK does not apply");
	else
		append(line, "RLIMIT_MEMLOCK", UNIT_BYTES, c->locked_limit);
	end_line(text, line);
	append(line, "mapped", UNIT_BYTES, c->mapped);
	append(line, "mappings", UNIT_COUNT, c->mappings);
	append(line, "limit", UNIT_COUNT, c->mappings_limit);
	append(line, "of each", UNIT_BYTES, c->mapping_bytes);
	end_line(text, line);
	add_oldest(text, view, c);
	add_nodes(text, c);
	append(line, "maps of memory", UNIT_BYTES, c->ram_bytes);
	append(line, "of BARs", UNIT_BYTES, c->bar_bytes);
	append(line, "other", UNIT_BYTES, c->other_bytes);
	end_line(text, line);
	append(line, "teardowns", UNIT_COUNT, c->teardowns);
	append(line, "mappings", UNIT_COUNT, c->teardown_mappings);
	append(line, "bytes", UNIT_BYTES, c->teardown_bytes);
	append(line, "unpinned", UNIT_BYTES, c->teardown_pinned);
	append(line, "time", UNIT_NS, c->teardown_ns);
	add_line(text, STYLE_NORMAL, "%s", line);
}

static void add_dirty_log(struct text *text, const struct container_view *c)
{
	const struct dirty_log_view *d = &c->dirty_log;
	char line[LINE_SIZE] = "";

	/* Most are never migrated. */
	if (!d->starts.value && !d->bitmaps.value && !d->errors.value)
		return;
	add_heading(text, "Dirty log");
	append(line, "starts", UNIT_COUNT, d->starts);
	append(line, "stops", UNIT_COUNT, d->stops);
	append(line, "bitmaps", UNIT_COUNT, d->bitmaps);
	append(line, "errors", UNIT_COUNT, d->errors);
	append(line, "bytes", UNIT_BYTES, d->bytes);
	append(line, "of a range of", UNIT_BYTES, d->range);
	end_line(text, line);
	append(line, "last", UNIT_NS, d->last);
	append(line, "max", UNIT_NS, d->max);
	append(line, "sum", UNIT_NS, d->sum);
	add_line(text, STYLE_NORMAL, "%s", line);
}

/* --- Latencies and phases ------------------------------------------------------------ */

static void add_requests(struct text *text, const char *heading, const struct requests_view *r)
{
	char line[LINE_SIZE] = "";

	add_heading(text, heading);
	append(line, "p50", UNIT_NS, r->p50);
	append(line, "p90", UNIT_NS, r->p90);
	append(line, "p99", UNIT_NS, r->p99);
	append(line, "max", UNIT_NS, r->max);
	append(line, "sum", UNIT_NS, r->sum);
	end_line(text, line);
	append(line, "count", UNIT_COUNT, r->count);
	append(line, "errors", UNIT_COUNT, r->errors);
	append(line, "bytes", UNIT_BYTES, r->bytes);
	append(line, "of each", UNIT_BYTES, r->mean_bytes);
	append(line, "rate", UNIT_BYTE_RATE, r->bytes_per_second);
	add_line(text, STYLE_NORMAL, "%s", line);
	if (r->buckets)
		add_histogram(text, r->buckets);
}

/* The sizes of the maps of the last interval; without any, of all. */
static void add_sizes(struct text *text, const struct container_view *c)
{
	uint64_t recent = 0, most = 0;

	if (!c->n_map_sizes)
		return;
	for (size_t i = 0; i < c->n_map_sizes; i++)
		recent += c->map_sizes[i].recent.value;
	add_heading(text,
		    recent ? "Maps by size, with bars for the last interval" : "Maps by size");
	add_line(text, STYLE_NORMAL, "  %9s%10s%10s%10s", "from", "maps", "last", "now");
	for (size_t i = 0; i < c->n_map_sizes; i++) {
		const struct size_view *s = &c->map_sizes[i];
		uint64_t n = recent ? s->recent.value : s->maps.value;

		most = n > most ? n : most;
	}
	for (size_t i = 0; i < c->n_map_sizes; i++) {
		const struct size_view *s = &c->map_sizes[i];
		char from[WORD_SIZE], now[WORD_SIZE], last[WORD_SIZE], bar[BAR_SIZE];

		bar_make(recent ? s->recent.value : s->maps.value, most, bar);
		word_bytes(s->from.value, from);
		word_figure(UNIT_COUNT, s->recent, last);
		word_figure(UNIT_COUNT, s->mappings, now);
		add_line(text, STYLE_NORMAL, "  %9s%10" PRIu64 "%10s%10s  %s", from, s->maps.value,
			 last, now, bar);
	}
}

static void age_word(const struct age_view *age, char *word)
{
	char most[WORD_SIZE];

	word_figure(UNIT_COUNT, age->least, word);
	if (age->most.value == age->least.value)
		return;
	word_figure(UNIT_COUNT, age->most, most);
	strcat(strcat(word, "-"), most);
}

/* Of the mappings there are now. */
static void add_ages(struct text *text, const struct container_view *c)
{
	static const char *const titles[VIEW_AGES] = { "< 1 s", "< 10 s", "< 1 min", "< 10 min",
						       "< 1 h" };
	char line[LINE_SIZE], word[2 * WORD_SIZE];
	int length;

	if (!c->n_map_sizes || !c->mappings.value)
		return;
	add_heading(text, "Mappings by size and age");
	length = snprintf(line, sizeof(line), "  %9s%10s", "from", "all");
	for (size_t i = 0; i < VIEW_AGES; i++)
		length += snprintf(line + length, sizeof(line) - (size_t)length, "%11s", titles[i]);
	add_line(text, STYLE_NORMAL, "%s", line);
	for (size_t i = 0; i < c->n_map_sizes; i++) {
		const struct size_view *s = &c->map_sizes[i];

		if (s->mappings.known && !s->mappings.value)
			continue;
		word_bytes(s->from.value, word);
		length = snprintf(line, sizeof(line), "  %9s", word);
		word_figure(UNIT_COUNT, s->mappings, word);
		length += snprintf(line + length, sizeof(line) - (size_t)length, "%10s", word);
		for (size_t j = 0; j < VIEW_AGES; j++) {
			age_word(&s->younger[j], word);
			length += snprintf(line + length, sizeof(line) - (size_t)length, "%11s",
					   word);
		}
		add_line(text, STYLE_NORMAL, "%s", line);
	}
}

static void add_share(struct text *text, const char *what, enum field_unit unit, struct figure part,
		      uint64_t whole)
{
	char bar[BAR_SIZE], word[WORD_SIZE];

	bar_make(part.known ? part.value : 0, whole, bar);
	word_figure(unit, part, word);
	add_line(text, STYLE_NORMAL, "  %-10s %*s%s  %s", what, 10 - (int)text_width(word), "",
		 word, bar);
}

static void add_phases(struct text *text, const struct container_view *c)
{
	uint64_t all = c->map.sum.value, told;
	struct figure rest = { 0 };

	add_heading(text, "Where maps spent their time");
	told = c->pin_ns.value + c->iommu_ns.value + c->account_ns.value;
	rest.known = c->map.sum.known && c->pin_ns.known && all >= told;
	rest.value = all - told;
	add_share(text, "pin", UNIT_NS, c->pin_ns, all);
	add_share(text, "IOMMU", UNIT_NS, c->iommu_ns, all);
	add_share(text, "accounting", UNIT_NS, c->account_ns, all);
	add_share(text, "rest", UNIT_NS, rest, all);
}

/* --- Leaves and the IOVA space ------------------------------------------------------- */

static void add_leaves(struct text *text, const struct container_view *c)
{
	char line[LINE_SIZE] = "", size[WORD_SIZE];
	uint64_t all = 0;

	add_heading(text, "IOMMU leaves of what was mapped");
	append(line, "in superpages", UNIT_PERCENT, c->superpages);
	append(line, "mean run", UNIT_BYTES, c->mean_run);
	append(line, "runs", UNIT_COUNT, c->runs);
	add_line(text, STYLE_NORMAL, "%s", line);
	if (c->superpage_hint[0])
		add_line(text, STYLE_NORMAL, "  %s", c->superpage_hint);
	for (size_t i = 0; i < VIEW_LEAF_SIZES; i++)
		all += c->leaf_bytes[i].value;
	for (size_t i = 0; i < VIEW_LEAF_SIZES; i++) {
		if (!c->leaf_bytes[i].known || !c->leaf_bytes[i].value)
			continue;
		word_bytes(1ULL << (VFIO_LEAF_SHIFT_MIN + i), size);
		add_share(text, size, UNIT_BYTES, c->leaf_bytes[i], all);
	}
}

static void add_range(struct text *text, const struct range_view *range)
{
	char size[WORD_SIZE];

	word_figure(UNIT_BYTES, range->size, size);
	add_line(text, STYLE_NORMAL, "  %c 0x%016" PRIx64 " to 0x%016" PRIx64 "  %*s%s  %s",
		 iova_map_letter(range), range->iova.value,
		 range->iova.value + range->size.value - 1, 10 - (int)text_width(size), "", size,
		 iova_map_word(range));
}

/* Mapped, but in none of the ranges. */
static void add_rest(struct text *text, const struct container_view *c, const char *superpage)
{
	bool before = c->before_watch.known && c->before_watch.value;
	uint64_t sum = 0;
	char rest[WORD_SIZE];

	for (size_t i = 0; i < c->n_ranges; i++)
		sum += c->ranges[i].size.value;
	if (!c->mapped.known && before)
		add_line(text, STYLE_NORMAL, "  mappings from before this watch are not shown");
	if (!c->mapped.known || c->mapped.value == sum)
		return;
	word_bytes(c->mapped.value > sum ? c->mapped.value - sum : 0, rest);
	add_line(text, STYLE_NORMAL, "  not shown: %s in mappings of less than %s%s", rest,
		 superpage, before ? " or from before this watch" : "");
}

static void add_ranges(struct text *text, const struct view *view, const struct container_view *c,
		       size_t width)
{
	struct range_view parts[IOVA_PARTS];
	char letters[LINE_SIZE], legend[IOVA_LEGEND_SIZE], superpage[WORD_SIZE];
	size_t n;

	add_heading(text, "Map of the IOVA space");
	if (!c->ranges) {
		add_line(text, STYLE_NORMAL, "  unknown");
		return;
	}
	word_bytes(c->sizes.superpage, superpage);
	width = width < sizeof(letters) ? width : sizeof(letters);
	n = iova_map_parts(view, c, parts);
	iova_map_make(parts, n, width > 4 ? width - 4 : 1, letters);
	if (n) {
		add_line(text, STYLE_MAP, "  %s", letters);
		iova_map_legend(&c->sizes, legend);
		add_line(text, STYLE_NORMAL, "  %s", legend);
	}
	if (!c->n_ranges)
		add_line(text, STYLE_NORMAL, "  no mapping of %s or more", superpage);
	for (size_t i = 0; i < n; i++)
		add_range(text, &parts[i]);
	add_rest(text, c, superpage);
}

/* --- Operations, alerts, failures ---------------------------------------------------- */

static void add_operation(struct text *text, const struct in_flight_view *f)
{
	char bar[BAR_SIZE], line[LINE_SIZE] = "";
	struct figure rate = { 0 };
	double per_second = -1;

	append(line, f->operation, UNIT_ADDRESS, f->iova);
	append(line, "size", UNIT_BYTES, f->size);
	append(line, "thread", UNIT_NUMBER, f->tid);
	append(line, "for", UNIT_NS, f->elapsed);
	add_line(text, STYLE_NORMAL, "%s", line);
	if (!f->done.known || !f->size.known)
		return;
	if (f->elapsed.known && f->elapsed.value)
		per_second = (double)f->done.value * 1e9 / (double)f->elapsed.value;
	rate.known = per_second >= 0 && per_second < 0x1p64;
	if (rate.known)
		rate.value = (uint64_t)per_second;
	*line = '\0';
	append(line, "done", UNIT_BYTES, f->done);
	append(line, "rate", UNIT_BYTE_RATE, rate);
	bar_make(f->done.value, f->size.value, bar);
	add_line(text, STYLE_NORMAL, "  [%s]%s", bar, line);
}

static void add_operations(struct text *text, const struct container_view *c)
{
	add_heading(text, "In flight");
	for (size_t i = 0; i < c->n_in_flight; i++)
		add_operation(text, &c->in_flight[i]);
	if (!c->n_in_flight)
		add_line(text, STYLE_NORMAL, "  nothing");
}

static void add_alerts(struct text *text, const struct view *view, uint64_t id)
{
	for (size_t i = 0; i < view->n_alerts; i++) {
		const struct alert_view *a = &view->alerts[i];

		if (a->container.known && a->container.value == id)
			add_line(text, STYLE_WARNING, "%s: %s: %s", a->severity_name, a->name,
				 a->text);
	}
}

static void add_failure(struct text *text, const struct view *view, const struct failure_view *f)
{
	char ago[WORD_SIZE];

	word_ns(view->time_ns.value - f->time_ns.value, ago);
	add_line(text, STYLE_NORMAL, "  %s ago: %s", ago, f->text);
}

static void add_failures(struct text *text, const struct view *view, const struct container_view *c)
{
	bool any = c->first_failure;

	add_heading(text, "Failures, the first one first");
	if (c->first_failure)
		add_failure(text, view, c->first_failure);
	for (size_t i = 0; i < view->n_failures; i++) {
		const struct failure_view *f = &view->failures[i];
		bool first = c->first_failure &&
			     f->time_ns.value == c->first_failure->time_ns.value;

		if (first || !f->container.known || f->container.value != c->id.value)
			continue;
		add_failure(text, view, f);
		any = true;
	}
	if (!any)
		add_line(text, STYLE_NORMAL, "  none seen");
}

/* --- All of it ----------------------------------------------------------------------- */

static void add_title(struct text *text, const struct container_view *c)
{
	char name[CELL_SIZE], line[LINE_SIZE] = "", open[WORD_SIZE];

	row_name(SCOPE_CONTAINER, c, name);
	word_figure(UNIT_NUMBER, c->pid, open);
	add_line(text, STYLE_TITLE, "Container %" PRIu64 " of %s (%s), %s, %s", c->id.value, open,
		 c->comm[0] ? c->comm : "-", c->backend[0] ? c->backend : "backend unknown", name);
	append(line, "opened by", UNIT_NUMBER, c->opener_pid);
	append(line, "held by processes:", UNIT_COUNT, c->holders);
	for (size_t i = 0; i < c->n_groups; i++)
		append(line, "group", UNIT_NUMBER, (struct figure){ c->groups[i], true });
	add_line(text, STYLE_NORMAL, "%s", line);
	for (size_t i = 0; i < c->n_devices; i++)
		add_line(text, STYLE_NORMAL, "  device %s", c->devices[i]);
}

void detail_make(const struct view *view, uint64_t id, size_t width, struct text *text)
{
	const struct container_view *c = NULL;

	text_free(text);
	for (size_t i = 0; i < view->n_containers; i++)
		if (view->containers[i].id.value == id)
			c = &view->containers[i];
	if (!c) {
		add_line(text, STYLE_TITLE, "Container %" PRIu64 " is gone", id);
		return;
	}
	add_title(text, c);
	add_alerts(text, view, id);
	add_operations(text, c);
	add_requests(text, "Maps", &c->map);
	add_sizes(text, c);
	add_ages(text, c);
	add_phases(text, c);
	add_leaves(text, c);
	add_memory(text, view, c);
	add_dirty_log(text, c);
	add_requests(text, "Unmaps", &c->unmap);
	add_failures(text, view, c);
	add_ranges(text, view, c, width);
}
