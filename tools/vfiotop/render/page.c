// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fields.h"
#include "html.h"
#include "words.h"

#define FAILURES 20

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta http-equiv=\"refresh\" content=\"5\">\n"
	"<title>vfiotop</title>\n"
	"<style>\n"
	":root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }\n"
	"body { margin: 1rem auto; padding: 0 1rem; max-width: 85rem }\n"
	".wide { overflow-x: auto }\n"
	"table { border-collapse: collapse; margin: .5rem 0 1.5rem }\n"
	"caption { text-align: left; font-weight: bold; padding: .3rem 0 }\n"
	"th, td { text-align: left; padding: .2rem .8rem .2rem 0; white-space: nowrap;\n"
	"  border-bottom: 1px solid #8884 }\n"
	".number { text-align: right; font-variant-numeric: tabular-nums }\n"
	".bad { color: #b00020; font-weight: bold }\n"
	"@media (prefers-color-scheme: dark) { .bad { color: #ff8a80 } }\n"
	"svg { vertical-align: middle }\n"
	"</style></head><body>\n"
	"<h1>VFIO on this host</h1>\n";

static void put_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	html_text(out, *text ? text : "-");
}

static void put_figure(FILE *out, enum field_unit unit, struct figure figure)
{
	char word[WORD_SIZE];

	word_figure(unit, figure, word);
	fputs("<td class=\"number\">", out);
	html_text(out, word);
}

/* How much of a limit is used, as a bar. */
static void put_share(FILE *out, struct figure part, struct figure whole)
{
	uint64_t percent;

	if (!part.known || !whole.known || !whole.value) {
		fputs("<td>-", out);
		return;
	}
	percent = part.value >= whole.value ? 100 : part.value * 100 / whole.value;
	fprintf(out,
		"<td><svg width=\"60\" height=\"10\" role=\"img\" aria-label=\"%" PRIu64 " %%\">"
		"<rect width=\"60\" height=\"10\" fill=\"#8884\"/>"
		"<rect width=\"%" PRIu64 "\" height=\"10\" fill=\"%s\"/></svg> %" PRIu64 " %%",
		percent, percent * 60 / 100, percent >= 80 ? "#b00020" : "#1a73e8", percent);
}

static const char *name_of(const struct container_view *c)
{
	if (*c->names.domain)
		return c->names.domain;
	if (*c->names.pod)
		return c->names.pod;
	return c->names.unit;
}

static void put_containers(FILE *out, const struct view *view)
{
	size_t i;

	fputs("<div class=\"wide\"><table><caption>VFIO containers</caption>\n"
	      "<thead><tr><th scope=\"col\">Container<th scope=\"col\">Process<th scope=\"col\">Command"
	      "<th scope=\"col\">VM, pod or unit<th scope=\"col\">Backend"
	      "<th scope=\"col\" class=\"number\">Pinned<th scope=\"col\" class=\"number\">Mappings"
	      "<th scope=\"col\">of their limit<th scope=\"col\" class=\"number\">Maps"
	      "<th scope=\"col\" class=\"number\">p99<th scope=\"col\" class=\"number\">Longest"
	      "<th scope=\"col\" class=\"number\">Failed</thead><tbody>\n",
	      out);
	for (i = 0; i < view->n_containers; i++) {
		const struct container_view *c = &view->containers[i];

		fputs("<tr>", out);
		put_figure(out, UNIT_NUMBER, c->id);
		put_figure(out, UNIT_NUMBER, c->pid);
		put_cell(out, c->comm);
		put_cell(out, name_of(c));
		put_cell(out, c->backend);
		put_figure(out, UNIT_BYTES, c->pinned);
		put_figure(out, UNIT_COUNT, c->mappings);
		put_share(out, c->mappings, c->mappings_limit);
		put_figure(out, UNIT_COUNT, c->map.count);
		put_figure(out, UNIT_NS, c->map.p99);
		put_figure(out, UNIT_NS, c->map.max);
		put_figure(out, UNIT_COUNT, c->map.errors);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_leaks(FILE *out, const struct view *view)
{
	size_t i;

	if (!view->n_leaks)
		return;
	fputs("<h2>Leaks</h2>\n<ul>\n", out);
	for (i = 0; i < view->n_leaks; i++) {
		fputs("<li class=\"bad\">", out);
		html_text(out, view->leaks[i].text);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void put_alerts(FILE *out, const struct view *view)
{
	size_t i;

	if (!view->n_alerts)
		return;
	fputs("<h2>Alerts</h2>\n<ul>\n", out);
	for (i = 0; i < view->n_alerts; i++) {
		const struct alert_view *alert = &view->alerts[i];

		fprintf(out, "<li%s>",
			alert->severity == SEVERITY_CRITICAL ? " class=\"bad\"" : "");
		html_text(out, alert->severity_name);
		fputs(": ", out);
		html_text(out, alert->text);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void put_failures(FILE *out, const struct view *view)
{
	size_t i = view->n_failures > FAILURES ? view->n_failures - FAILURES : 0;

	if (!view->n_failures)
		return;
	fputs("<h2>Requests that failed</h2>\n<ul>\n", out);
	for (; i < view->n_failures; i++) {
		fputs("<li>", out);
		html_text(out, view->failures[i].text);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void put_overview(FILE *out, const struct view *view)
{
	char pinned[WORD_SIZE], mapped[WORD_SIZE];

	fputs("<p>", out);
	if (*view->waiting_for) {
		fputs("Nothing to watch: not loaded is ", out);
		html_text(out, view->waiting_for);
		fputs("</p>\n", out);
		return;
	}
	word_figure(UNIT_BYTES, view->totals.pinned, pinned);
	word_figure(UNIT_BYTES, view->totals.map_bytes, mapped);
	fprintf(out,
		"%zu containers, %zu groups, %zu devices; %s pinned now, %s mapped since the watch "
		"began. Source: ",
		view->n_containers, view->n_groups, view->n_devices, pinned, mapped);
	html_text(out, view->source);
	if (view->lost_sum)
		fprintf(out, " <span class=\"bad\">%" PRIu64 " events lost</span>", view->lost_sum);
	fputs("</p>\n", out);
}

char *page_render(const struct view *view)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs(head, out);
	put_overview(out, view);
	put_alerts(out, view);
	put_leaks(out, view);
	put_containers(out, view);
	put_failures(out, view);
	fputs("<p><a href=\"/metrics\">Metrics for Prometheus</a></p>\n</body></html>\n", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
