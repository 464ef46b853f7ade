// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "advise.h"
#include "fields.h"
#include "pictures.h"
#include "render/html.h"
#include "report.h"
#include "words.h"

#define FAILURES_MAX  50 /* shown */
#define CONTAINER_MAX 50

static const char style[] =
	":root{color-scheme:light}"
	"body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0 auto;"
	"padding:1rem;max-width:52rem}"
	"h1{font-size:1.6rem;line-height:1.2;margin:.2rem 0}"
	"h2{font-size:1.25rem;border-top:2px solid #ccd;margin:2rem 0 .5rem;padding-top:.6rem}"
	"h3{font-size:1rem;margin:1rem 0 .3rem}"
	"p,li{max-width:42rem}li{overflow-wrap:anywhere}.about{color:#50505a;font-size:.875rem;overflow-wrap:anywhere}"
	"svg{display:block;width:100%;max-width:46rem;height:auto;margin:.5rem 0}"
	"svg text{font-size:13px;fill:#1a1a1a;font-family:system-ui,sans-serif}"
	".axis{stroke:#50505a;fill:none}.run{fill:#b34700}.res{fill:#50505a}svg text.on{fill:#fff}"
	".grid{fill:#f1f1f5}.s1{fill:#c6d8f0}.s2{fill:#93b5e1}.s3{fill:#5c8dcb}.s4{fill:#2f66ab}.s5{fill:#123c75}"
	".p0{fill:#123c75}.p1{fill:#d98200}.p2{fill:#2e8b6f}.p3{fill:#b8b8c4}"
	".table{overflow-x:auto;margin:.5rem 0}"
	"table{border-collapse:collapse;font-size:.875rem}"
	"caption{text-align:left;font-weight:600;padding:.2rem 0}"
	"td:first-child{white-space:nowrap}th,td{text-align:left;padding:.2rem .7rem .2rem 0;border-bottom:1px solid #dde;"
	"vertical-align:top}"
	".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
	".bad{border-left:.3rem solid #b00020;padding-left:.6rem}"
	":focus-visible{outline:3px solid #123c75}"
	"@media print{body{font-size:10pt;max-width:none;padding:0}h2{break-after:avoid}"
	"svg,table{break-inside:avoid}svg{max-width:14cm}.table{overflow:visible}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

/* --- Words ----------------------------------------------------------------------------- */

static void figure_cell(FILE *out, enum field_unit unit, struct figure figure)
{
	char word[WORD_SIZE];

	word_figure(unit, figure, word);
	html_cell(out, word, 1);
}

static void count_cell(FILE *out, uint64_t count)
{
	figure_cell(out, UNIT_COUNT, (struct figure){ count, true });
}

/* When, after the first report. */
static void time_cell(const struct story *story, FILE *out, struct figure time)
{
	time.known = time.known && time.value >= story->start_ns;
	time.value -= story->start_ns;
	figure_cell(out, UNIT_NS, time);
}

static void container_cell(FILE *out, struct figure container, const char *comm)
{
	char word[WORD_SIZE], cell[64];

	word_figure(UNIT_NUMBER, container, word);
	snprintf(cell, sizeof(cell), "%s %s", word, comm);
	html_cell(out, cell, 0);
}

static uint64_t sum_of(const struct story *story, size_t member)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < story->n_containers; i++) {
		const char *view = (const char *)&story->containers[i].view;
		const struct figure *figure = (const void *)(view + member);

		sum += figure->known ? figure->value : 0;
	}
	return sum;
}

#define SUM(story, member) sum_of(story, offsetof(struct container_view, member))

static size_t shown(const struct story *story)
{
	return story->n_containers < CONTAINER_MAX ? story->n_containers : CONTAINER_MAX;
}

static void say_more(FILE *out, size_t n, size_t max)
{
	if (n > max)
		fprintf(out, "<p>And %zu more.</p>\n", n - max);
}

static void say_none(FILE *out)
{
	fputs("<p>None.</p>\n", out);
}

/* Of a table that begins with its first row. */
static void list_end(FILE *out, bool any)
{
	if (any)
		html_table_end(out);
	else
		say_none(out);
}

static bool needs(const struct story *story, unsigned int knowledge, FILE *out)
{
	if ((story->knowledge & knowledge) == knowledge)
		return true;
	fputs("<p>Unknown: the source ", out);
	html_text(out, story->source);
	fputs(" does not tell.</p>\n", out);
	return false;
}

/* --- The parts of the page ----------------------------------------------------------------- */

static void head(const struct story *story, const char *about, FILE *out)
{
	time_t seconds = (time_t)(story->realtime_ns / 1000000000);
	char when[32] = "", length[WORD_SIZE];
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	word_ns(story->end_ns - story->start_ns, length);
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
		"<title>VFIO from %s</title><style>%s</style></head><body><main>\n"
		"<h1>What VFIO did</h1>\n<p class=\"about\">From %s for %s; %" PRIu64
		" reports; source ",
		when, style, when, length, story->reports);
	html_text(out, story->source[0] ? story->source : "none");
	fputs("; ", out);
	html_text(out, about);
	fputs("</p>\n", out);
}

static void say_fact(FILE *out, bool bad, const char *text)
{
	fputs(bad ? "<li class=\"bad\">" : "<li>", out);
	html_text(out, text);
	fputs("</li>\n", out);
}

static void say_maps(const struct story *story, FILE *out)
{
	char text[256], bytes[WORD_SIZE], sum[WORD_SIZE], most[WORD_SIZE];
	uint64_t max = 0;

	for (size_t i = 0; i < story->n_containers; i++)
		if (story->containers[i].view.map.max.known &&
		    story->containers[i].view.map.max.value > max)
			max = story->containers[i].view.map.max.value;
	word_bytes(SUM(story, map.bytes), bytes);
	word_ns(SUM(story, map.sum), sum);
	word_ns(max, most);
	snprintf(text, sizeof(text),
		 "VFIO containers: %zu. They mapped %s in %" PRIu64
		 " map%s, which took %s; the longest took %s.",
		 story->n_containers, bytes, SUM(story, map.count),
		 SUM(story, map.count) == 1 ? "" : "s", sum, most);
	say_fact(out, max >= 1000000000, text);
}

static void summary(const struct story *story, FILE *out)
{
	uint64_t differs = SUM(story, unmap_differs);
	uint64_t failures = story->n_failures + story->failures_dropped;
	char text[VIEW_TEXT_SIZE + 96];

	fputs("<h2>In short</h2>\n<ul>\n", out);
	if (story->knowledge & KNOWS_REQUESTS)
		say_maps(story, out);
	else
		say_fact(out, false, "The source does not tell which maps there were.");
	if (differs) {
		snprintf(text, sizeof(text),
			 "Successful unmaps that unmapped another number of bytes than they asked "
			 "for: %" PRIu64
			 ". A device may still reach memory that its user takes for "
			 "unmapped.",
			 differs);
		say_fact(out, true, text);
	}
	if (failures) {
		snprintf(text, sizeof(text), "Refused requests: %" PRIu64 ". The first: %s.",
			 failures, story->n_failures ? story->failures[0].text : "not recorded");
		say_fact(out, true, text);
	}
	if (story->n_leaks) {
		snprintf(text, sizeof(text), "%zu leak%s found.", story->n_leaks,
			 story->n_leaks == 1 ? " was" : "s were");
		say_fact(out, true, text);
	}
	if (story->lost) {
		snprintf(text, sizeof(text),
			 "%" PRIu64 " events were lost: figures may be too low.", story->lost);
		say_fact(out, true, text);
	}
	if (!differs && !failures && !story->n_leaks && story->knowledge & KNOWS_REQUESTS)
		say_fact(out, false, "No request was refused, and no leak was found.");
	fputs("</ul>\n", out);
}

static void classes(const struct story *story, bool latencies, FILE *out)
{
	static const char *const by_latency[] = { "took", "#maps", NULL };
	const char *const by_size[] = { story->mean_sizes ? "mean size" : "size", "#maps", NULL };
	size_t n = latencies ? STORY_LATENCIES : STORY_SIZES;

	html_table(out, latencies ? "Maps by latency" : "Maps by size",
		   latencies ? by_latency : by_size);
	for (size_t i = 0; i < n; i++) {
		bool last = i == n - 1;
		char word[WORD_SIZE], cell[WORD_SIZE + 16];
		uint64_t sum = 0;

		for (size_t bin = 0; bin < STORY_BINS; bin++)
			sum += latencies ? story->bins[bin].latencies[i]
					 : story->bins[bin].sizes[i];
		if (!sum)
			continue;
		if (latencies)
			word_ns(story_latency(last ? i - 1 : i), word);
		else
			word_bytes(story_size(last ? i - 1 : i), word);
		snprintf(cell, sizeof(cell), "%s %s", last ? "at least" : "less than", word);
		fputs("<tr>", out);
		html_cell(out, cell, 0);
		count_cell(out, sum);
		fputs("</tr>\n", out);
	}
	html_table_end(out);
}

static void maps(const struct story *story, FILE *out)
{
	fputs("<h2>Maps over time</h2>\n", out);
	if (!needs(story, KNOWS_REQUESTS, out))
		return;
	fputs("<h3>How long they took</h3>\n", out);
	picture_latencies(story, out);
	classes(story, true, out);
	fputs("<h3>How large they were</h3>\n", out);
	picture_sizes(story, out);
	classes(story, false, out);
}

/* Of the address spaces of which phases are known. */
static uint64_t time_with_phases(const struct story *story)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < story->n_containers; i++) {
		const struct container_view *c = &story->containers[i].view;

		sum += c->pin_ns.known ? c->map.sum.value : 0;
	}
	return sum;
}

static void phases(const struct story *story, FILE *out)
{
	static const char *const titles[] = { "container", "#maps",	  "#all", "#pinning",
					      "#IOMMU",	   "#accounting", NULL };
	uint64_t all = time_with_phases(story), pin = SUM(story, pin_ns);
	uint64_t iommu = SUM(story, iommu_ns), account = SUM(story, account_ns);
	uint64_t known = pin + iommu + account;
	const struct part parts[] = {
		{ "pinning", pin },
		{ "IOMMU driver", iommu },
		{ "accounting", account },
		{ "the rest", all > known ? all - known : 0 },
	};

	fputs("<h2>Where maps spent their time</h2>\n", out);
	if (!needs(story, KNOWS_PHASES | KNOWS_REQUESTS, out))
		return;
	picture_bar("Time of all maps, by phase", parts, 4, word_ns, out);
	html_table(out, "Time of maps, by container", titles);
	for (size_t i = 0; i < shown(story); i++) {
		const struct container_view *c = &story->containers[i].view;

		fputs("<tr>", out);
		container_cell(out, c->id, c->comm);
		figure_cell(out, UNIT_COUNT, c->map.count);
		figure_cell(out, UNIT_NS, c->map.sum);
		figure_cell(out, UNIT_NS, c->pin_ns);
		figure_cell(out, UNIT_NS, c->iommu_ns);
		figure_cell(out, UNIT_NS, c->account_ns);
		fputs("</tr>\n", out);
	}
	html_table_end(out);
	say_more(out, story->n_containers, CONTAINER_MAX);
}

/* Of pages, of what is between, and of superpages. */
static void leaf_parts(const struct container_view *c, uint64_t *bytes)
{
	bytes[0] = view_leaf_bytes(c, 0, page_sizes_leaf(c->sizes.page) + 1);
	bytes[2] = view_superpage_bytes(c);
	bytes[1] = view_leaf_bytes(c, 0, VIEW_LEAF_SIZES) - bytes[0] - bytes[2];
}

static void page_row(const struct container_view *c, FILE *out)
{
	uint64_t all = view_leaf_bytes(c, 0, VIEW_LEAF_SIZES), bytes[3];
	char percent[16] = "-";

	leaf_parts(c, bytes);
	if (all)
		snprintf(percent, sizeof(percent), "%.0f %%", (double)bytes[2] / (double)all * 100);
	fputs("<tr>", out);
	container_cell(out, c->id, c->comm);
	for (size_t i = 0; i < 3; i++)
		figure_cell(out, UNIT_BYTES, (struct figure){ bytes[i], c->leaf_bytes[0].known });
	html_cell(out, percent, 1);
	figure_cell(out, UNIT_BYTES, c->mean_run);
	fputs("</tr>\n", out);
}

/* The sizes are those of one kernel. */
static struct page_sizes sizes_of(const struct story *story)
{
	return story->n_containers ? story->containers[0].view.sizes : PAGE_SIZES_USUAL;
}

#define TITLE_SIZE (3 * WORD_SIZE)

/* Titles of the parts, with "#" before them, which is one of a column of numbers. */
static void leaf_titles(const struct page_sizes *sizes, char titles[3][TITLE_SIZE])
{
	char page[WORD_SIZE], after[WORD_SIZE], before[WORD_SIZE], superpage[WORD_SIZE];

	word_bytes(sizes->page, page);
	word_bytes(2 * sizes->page, after);
	word_bytes(sizes->superpage / 2, before);
	word_bytes(sizes->superpage, superpage);
	snprintf(titles[0], TITLE_SIZE, "#%s", page);
	snprintf(titles[1], TITLE_SIZE, "#%s to %s", after, before);
	snprintf(titles[2], TITLE_SIZE, "#%s and more", superpage);
}

static void pages(const struct story *story, FILE *out)
{
	const struct page_sizes sizes = sizes_of(story);
	char names[3][TITLE_SIZE], superpage[WORD_SIZE];
	const char *const titles[] = { "container",   names[0],	   names[1], names[2],
				       "#superpages", "#mean run", NULL };
	struct part parts[] = { { names[2] + 1, 0 }, { names[0] + 1, 0 }, { names[1] + 1, 0 } };

	fputs("<h2>Page sizes in the IOMMU</h2>\n", out);
	if (!needs(story, KNOWS_RUNS, out))
		return;
	leaf_titles(&sizes, names);
	word_bytes(sizes.superpage, superpage);
	fprintf(out,
		"<p>The IOMMU looks addresses up faster, and maps them in fewer steps, in entries of "
		"%s and more. That needs memory that is contiguous there (hugetlb or transparent "
		"hugepages), at I/O and user addresses that are equal modulo %s. The column "
		"superpages has the part of the bytes that is in such entries.</p>\n",
		superpage, superpage);
	for (size_t i = 0; i < story->n_containers; i++) {
		uint64_t bytes[3];

		leaf_parts(&story->containers[i].view, bytes);
		parts[0].value += bytes[2];
		parts[1].value += bytes[0];
		parts[2].value += bytes[1];
	}
	picture_bar("Bytes mapped, by size of the entries", parts, 3, word_bytes, out);
	html_table(out, "Bytes mapped, by container", titles);
	for (size_t i = 0; i < shown(story); i++)
		page_row(&story->containers[i].view, out);
	html_table_end(out);
	for (size_t i = 0; i < story->n_containers; i++) {
		if (story->containers[i].view.leaf_bytes[0].known)
			continue;
		fputs("<p>Where there is a dash, runs were not counted, as short ones made that "
		      "too costly: <code>--runs</code> counts them all.</p>\n",
		      out);
		break;
	}
	say_more(out, story->n_containers, CONTAINER_MAX);
}

static void pinned(const struct story *story, FILE *out)
{
	static const char *const titles[] = { "container", "#in the end", "#at most", "#mappings",
					      "#limit",	   "#locked",	  NULL };

	fputs("<h2>Pinned memory</h2>\n", out);
	if (!needs(story, KNOWS_PINS, out))
		return;
	picture_pinned(story, out);
	html_table(out, "Pinned memory, by container", titles);
	for (size_t i = 0; i < shown(story); i++) {
		const struct container_view *c = &story->containers[i].view;

		fputs("<tr>", out);
		container_cell(out, c->id, c->comm);
		figure_cell(out, UNIT_BYTES, c->pinned);
		figure_cell(out, UNIT_BYTES, c->pinned_peak);
		figure_cell(out, UNIT_COUNT, c->mappings);
		figure_cell(out, UNIT_COUNT, c->mappings_limit);
		figure_cell(out, UNIT_BYTES, c->locked);
		fputs("</tr>\n", out);
	}
	html_table_end(out);
	say_more(out, story->n_containers, CONTAINER_MAX);
}

/* What shutdown or unplug waited for. */
static void teardowns(const struct story *story, FILE *out)
{
	static const char *const titles[] = { "container", "#released after", "#teardown took",
					      "#mappings", "#bytes",	      "#unpinned",
					      NULL };
	size_t n = 0;

	fputs("<h2>Teardowns</h2>\n", out);
	if (!needs(story, KNOWS_TEARDOWNS, out))
		return;
	for (size_t i = 0; i < shown(story); i++) {
		const struct container_view *c = &story->containers[i].view;

		if (!c->teardowns.value && !c->released_ns.known)
			continue;
		if (!n++) {
			fputs("<p>When the last device of a container is closed, all that is still "
			      "mapped is unmapped and unpinned, and whoever ends waits for it.</p>\n",
			      out);
			html_table(out, "Teardowns, by container", titles);
		}
		fputs("<tr>", out);
		container_cell(out, c->id, c->comm);
		time_cell(story, out, c->released_ns);
		figure_cell(out, UNIT_NS, c->teardown_ns);
		figure_cell(out, UNIT_COUNT, c->teardown_mappings);
		figure_cell(out, UNIT_BYTES, c->teardown_bytes);
		figure_cell(out, UNIT_BYTES, c->teardown_pinned);
		fputs("</tr>\n", out);
	}
	list_end(out, n);
}

static void failures(const struct story *story, FILE *out)
{
	static const char *const titles[] = { "#after", "request", NULL };

	fputs("<h2>Refused requests</h2>\n", out);
	if (!needs(story, KNOWS_REQUESTS, out))
		return;
	if (!story->n_failures) {
		say_none(out);
		return;
	}
	html_table(out, "Refused requests, the first one first", titles);
	for (size_t i = 0; i < story->n_failures && i < FAILURES_MAX; i++) {
		fputs("<tr>", out);
		time_cell(story, out, story->failures[i].time_ns);
		html_cell(out, story->failures[i].text, 0);
		fputs("</tr>\n", out);
	}
	html_table_end(out);
	say_more(out, story->n_failures + (size_t)story->failures_dropped, FAILURES_MAX);
}

static void leaks(const struct story *story, FILE *out)
{
	static const char *const titles[] = { "kind",		"container", "#bytes",
					      "#noticed after", "what",	     NULL };

	fputs("<h2>Leaks</h2>\n", out);
	if (!needs(story, KNOWS_CONTAINERS, out))
		return;
	if (!story->n_leaks) {
		say_none(out);
		return;
	}
	html_table(out, "Leaks, as they were last seen", titles);
	for (size_t i = 0; i < story->n_leaks; i++) {
		const struct leak_view *leak = &story->leaks[i];

		fputs("<tr>", out);
		html_cell(out, leak->name, 0);
		container_cell(out, leak->container, leak->comm);
		figure_cell(out, UNIT_BYTES, leak->bytes);
		time_cell(story, out, leak->since_ns);
		html_cell(out, leak->text, 0);
		fputs("</tr>\n", out);
	}
	html_table_end(out);
}

static void ranges_of(const struct story_container *container, FILE *out)
{
	static const char *const titles[] = { "entries", "#from", "#to", "#size", NULL };

	fprintf(out, "<h3>Container %" PRIu64 " ", container->view.id.value);
	html_text(out, container->view.comm);
	fputs("</h3>\n", out);
	picture_ranges(container->ranges, container->n_ranges, &container->view.sizes, out);
	html_table(out, "Mappings that are neighbours, and what is reserved", titles);
	for (size_t i = 0; i < container->n_ranges; i++) {
		const struct range_view *range = &container->ranges[i];
		struct figure last = { range->iova.value + range->size.value - 1, true };

		fputs("<tr>", out);
		html_cell(out, iova_map_word(range), 0);
		figure_cell(out, UNIT_ADDRESS, range->iova);
		figure_cell(out, UNIT_ADDRESS, last);
		figure_cell(out, UNIT_BYTES, range->size);
		fputs("</tr>\n", out);
	}
	html_table_end(out);
}

static void ranges(const struct story *story, FILE *out)
{
	char superpage[WORD_SIZE];
	bool any = false;

	fputs("<h2>Map of the I/O addresses</h2>\n", out);
	if (!needs(story, KNOWS_RANGES, out))
		return;
	word_bytes(sizes_of(story).superpage, superpage);
	fprintf(out,
		"<p>Where mappings of %s and more lay when there were most bytes of them; those "
		"from before the recording, and smaller ones, are not there. What is reserved "
		"for others, such as interrupts, cannot be mapped.</p>\n",
		superpage);
	for (size_t i = 0; i < shown(story); i++) {
		if (story->containers[i].n_ranges)
			ranges_of(&story->containers[i], out);
		any = any || story->containers[i].n_ranges;
	}
	if (!any)
		say_none(out);
}

static void addresses(const struct story *story, FILE *out)
{
	static const char *const titles[] = { "request",     "#container", "#address", "#size",
					      "#in its way", "#of",	   NULL };
	bool any = false;

	fputs("<h2>Addresses of refused requests</h2>\n", out);
	for (size_t i = 0; i < story->n_failures && i < FAILURES_MAX; i++) {
		const struct failure_view *f = &story->failures[i];

		if (!f->iova.known)
			continue;
		if (!any)
			html_table(out, "Addresses of refused requests", titles);
		any = true;
		fputs("<tr>", out);
		html_cell(out, f->operation, 0);
		figure_cell(out, UNIT_NUMBER, f->container);
		figure_cell(out, UNIT_ADDRESS, f->iova);
		figure_cell(out, UNIT_BYTES, f->size);
		figure_cell(out, UNIT_ADDRESS, f->conflict_iova);
		figure_cell(out, UNIT_BYTES, f->conflict_size);
		fputs("</tr>\n", out);
	}
	list_end(out, any);
}

static void say_line(FILE *out, const char *heading, const char *text)
{
	fprintf(out, "<br><strong>%s:</strong> ", heading);
	html_text(out, text);
}

static void say_advice(FILE *out, const struct advice *a)
{
	fputs("<li>", out);
	html_text(out, a->change);
	say_line(out, "Because", a->reason);
	say_line(out, "It brings", a->gain);
	fputs("</li>\n", out);
}

static void say_unknown(FILE *out, const struct advice_unknown *u)
{
	fputs("<li>Unknown: ", out);
	html_text(out, u->what);
	say_line(out, "To learn it", u->how);
	fputs("</li>\n", out);
}

static void advice(const struct story *story, FILE *out)
{
	fputs("<h2>What to change</h2>\n", out);
	if (!needs(story, KNOWS_CONTAINERS, out))
		return;
	if (!story->n_containers)
		fputs("<p>Nothing to advise.</p>\n", out);
	for (size_t i = 0; i < shown(story); i++) {
		const struct container_view *c = &story->containers[i].view;
		struct advice_list list;

		advise_on(story, c, &list);
		fprintf(out, "<h3>Container %" PRIu64 " ", c->id.value);
		html_text(out, c->comm);
		fputs(list.n ? "</h3>\n" : "</h3>\n<p>Nothing to advise.</p>\n", out);
		if (!list.n && !list.n_unknown)
			continue;
		fputs("<ul>\n", out);
		for (size_t j = 0; j < list.n; j++)
			say_advice(out, &list.advice[j]);
		for (size_t j = 0; j < list.n_unknown; j++)
			say_unknown(out, &list.unknown[j]);
		fputs("</ul>\n", out);
	}
	say_more(out, story->n_containers, CONTAINER_MAX);
}

void report_page(const struct story *story, const char *about, FILE *out)
{
	head(story, about, out);
	summary(story, out);
	advice(story, out);
	maps(story, out);
	phases(story, out);
	pages(story, out);
	pinned(story, out);
	teardowns(story, out);
	failures(story, out);
	leaks(story, out);
	ranges(story, out);
	addresses(story, out);
	fputs("</main></body></html>\n", out);
}
