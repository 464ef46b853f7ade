// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "hunt.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "model/leaks.h"
#include "model/suppressions.h"
#include "render/render.h"

#define HUNT_LEAKS  256 /* kept, at most */
#define HUNT_SCHEMA "vfiotop-leaks/1"
#define CLOCK_SIZE  16

/* A leak as it was last seen. */
struct found_leak {
	struct leak_view leak; /* without its groups and devices */
	bool present;	       /* in the last report */
	char *json;
	struct text text;
};

/* --- Take note ----------------------------------------------------------------------------- */

/* Of a command's leaks only what it leaves behind counts. */
static bool is_wanted(const struct hunt *hunt, const struct leak_view *leak)
{
	return !hunt->command.name || !(leak->before_watch.known && leak->before_watch.value);
}

static struct found_leak *find(struct hunt *hunt, const struct leak_view *leak)
{
	struct found_leak *f = hunt->found;

	for (; f < hunt->found + hunt->n_found; f++)
		if (f->leak.kind == leak->kind && f->leak.container.value == leak->container.value)
			return f;
	if (hunt->n_found == HUNT_LEAKS) {
		hunt->lost = true;
		return NULL;
	}
	memset(f, 0, sizeof(*f));
	hunt->n_found++;
	return f;
}

static bool note(struct hunt *hunt, const struct leak_view *leak, uint64_t now_ns)
{
	struct found_leak *f = find(hunt, leak);
	struct leak_view made = *leak;

	if (!f)
		return true;
	if (hunt->makers)
		makers_find(hunt->makers, &made, now_ns);
	f->leak = *leak;
	f->leak.groups = NULL;
	f->leak.devices = NULL;
	f->leak.ranges = NULL;
	f->leak.n_groups = f->leak.n_devices = f->leak.n_ranges = 0;
	f->present = true;
	free(f->json);
	f->json = render_json_leak(&made);
	text_free(&f->text);
	render_leak(&made, now_ns, &f->text);
	return f->json && !f->text.failed;
}

static int compare(const void *a, const void *b)
{
	const struct found_leak *x = a, *y = b;

	return leaks_compare(&x->leak, &y->leak);
}

static bool note_all(struct hunt *hunt, const struct view *view)
{
	/* The kernel's leaks stay, even if its modules do not. */
	for (size_t i = 0; i < hunt->n_found; i++)
		if (hunt->found[i].leak.kind != LEAK_KERNEL &&
		    hunt->found[i].leak.kind != LEAK_OVER_UNPIN)
			hunt->found[i].present = false;
	for (size_t i = 0; i < view->n_leaks; i++)
		if (is_wanted(hunt, &view->leaks[i]) &&
		    !note(hunt, &view->leaks[i], view->time_ns.value))
			return false;
	qsort(hunt->found, hunt->n_found, sizeof(*hunt->found), compare);
	return true;
}

static size_t count(const struct hunt *hunt, bool present)
{
	size_t n = 0;

	for (size_t i = 0; i < hunt->n_found; i++)
		n += hunt->found[i].present == present;
	return n;
}

/* --- Print ------------------------------------------------------------------------------- */

static void print_json_leaks(const struct hunt *hunt, const char *name, bool present)
{
	bool separate = false;

	fprintf(hunt->out, ",\"%s\":[", name);
	for (size_t i = 0; i < hunt->n_found; i++) {
		if (hunt->found[i].present != present)
			continue;
		fprintf(hunt->out, "%s%s", separate ? "," : "", hunt->found[i].json);
		separate = true;
	}
	fputc(']', hunt->out);
}

static void print_json_figure(FILE *out, const char *name, struct figure figure)
{
	if (figure.known)
		fprintf(out, ",\"%s\":%" PRIu64, name, figure.value);
	else
		fprintf(out, ",\"%s\":null", name);
}

static void print_json_command(const struct hunt *hunt)
{
	const struct command *c = &hunt->command;
	int status = c->status;

	if (!c->name || !c->ended)
		fputs(",\"command\":null", hunt->out);
	else if (WIFSIGNALED(status))
		fprintf(hunt->out, ",\"command\":{\"exit_code\":null,\"signal\":%d,\"stopped\":%s}",
			WTERMSIG(status), hunt->stopped ? "true" : "false");
	else
		fprintf(hunt->out, ",\"command\":{\"exit_code\":%d,\"signal\":null,\"stopped\":%s}",
			WEXITSTATUS(status), hunt->stopped ? "true" : "false");
}

static void print_json(const struct hunt *hunt, const struct view *view)
{
	char *host = render_json_host(&view->host);

	fputs("{\"schema\":\"" HUNT_SCHEMA "\"", hunt->out);
	print_json_figure(hunt->out, "time_ns", view->time_ns);
	print_json_figure(hunt->out, "realtime_ns", view->realtime_ns);
	print_json_figure(hunt->out, "watched_ns", view->watched_ns);
	print_json_command(hunt);
	print_json_leaks(hunt, "leaks", true);
	print_json_leaks(hunt, "ended", false);
	print_json_figure(hunt->out, "suppressed_leaks", view->suppressed);
	fprintf(hunt->out, ",\"host\":%s", host ? host : "null");
	free(host);
	fprintf(hunt->out, ",\"complete\":%s}\n", hunt->lost || view->lost_sum ? "false" : "true");
}

static void print_lines(const struct hunt *hunt, const struct text *text)
{
	for (size_t i = 0; i < text->n; i++)
		fprintf(hunt->out, "%s\n", text->lines[i].text);
}

static void print_leaks(const struct hunt *hunt, bool present)
{
	for (size_t i = 0; i < hunt->n_found; i++)
		if (hunt->found[i].present == present)
			print_lines(hunt, &hunt->found[i].text);
}

static void print_host(const struct hunt *hunt, const struct view *view)
{
	struct text text = { 0 };

	render_host(&view->host, &text);
	print_lines(hunt, &text);
	text_free(&text);
}

static void print_command(const struct hunt *hunt)
{
	const struct command *c = &hunt->command;

	if (!c->ended)
		return;
	if (WIFSIGNALED(c->status))
		fprintf(hunt->out, ", %s was ended by signal %d (%s)", c->name, WTERMSIG(c->status),
			strsignal(WTERMSIG(c->status)));
	else
		fprintf(hunt->out, ", %s exited with %d", c->name, WEXITSTATUS(c->status));
	if (hunt->stopped)
		fputs(" as --for had passed", hunt->out);
}

static void print_text(const struct hunt *hunt, const struct view *view)
{
	time_t seconds = (time_t)(view->realtime_ns.value / 1000000000);
	size_t n = count(hunt, true), ended = count(hunt, false);
	char clock[CLOCK_SIZE] = "";
	struct tm local;

	if (hunt->printed)
		fputc('\n', hunt->out);
	if (localtime_r(&seconds, &local))
		strftime(clock, sizeof(clock), "%T", &local);
	fprintf(hunt->out, "vfiotop leaks %s  source %s  leaks %zu", clock,
		view->source[0] ? view->source : "-", n);
	if (ended)
		fprintf(hunt->out, "  ended %zu", ended);
	if (view->suppressed.value)
		fprintf(hunt->out, "  suppressed %" PRIu64, view->suppressed.value);
	print_command(hunt);
	fputc('\n', hunt->out);
	if (view->waiting_for[0])
		fprintf(hunt->out, "VFIO is not loaded: %s is missing\n", view->waiting_for);
	if (hunt->lost || view->lost_sum)
		fputs("Not all events were recorded: there may be more leaks\n", hunt->out);
	print_leaks(hunt, true);
	print_host(hunt, view);
	if (ended && hunt_at_end(hunt)) {
		fputs("Ended before:\n", hunt->out);
		print_leaks(hunt, false);
	}
}

static enum exit_code print(struct hunt *hunt, const struct view *view)
{
	if (hunt->options->output == OUTPUT_JSON)
		print_json(hunt, view);
	else
		print_text(hunt, view);
	hunt->printed = true;
	if (!fflush(hunt->out) && !ferror(hunt->out))
		return EXIT_DONE;
	complain("cannot write leaks: %s; check where they go", strerror(errno));
	return EXIT_FAILED;
}

/* --- The hunt ---------------------------------------------------------------------------- */

enum exit_code hunt_open(struct hunt *hunt, const struct options *options)
{
	*hunt = (struct hunt){ .options = options, .out = stdout, .command.fd = -1 };
	if (options->command) {
		hunt->out = stderr;
		if (!command_prepare(&hunt->command, options->command))
			return EXIT_FAILED;
	}
	hunt->found = calloc(HUNT_LEAKS, sizeof(*hunt->found));
	if (options->collect.trace_stacks)
		hunt->makers = makers_new();
	if (!hunt->found || (options->collect.trace_stacks && !hunt->makers)) {
		complain("cannot start: not enough memory; free some");
		return EXIT_FAILED;
	}
	if (options->suppressions) {
		hunt->suppressions = suppressions_read(options->suppressions);
		if (!hunt->suppressions)
			return EXIT_USAGE;
	}
	if (!options->file)
		return EXIT_DONE;
	hunt->out = fopen(options->file, "we");
	if (hunt->out)
		return EXIT_DONE;
	complain("cannot write to %s: %s; name another file", options->file, strerror(errno));
	return EXIT_FAILED;
}

bool hunt_at_end(const struct hunt *hunt)
{
	const struct options *o = hunt->options;

	return o->for_ns || o->command || o->output == OUTPUT_SCREEN || (o->replay && !o->speed);
}

enum exit_code hunt_report(struct hunt *hunt, const struct view *view)
{
	if (!view->waiting_for[0] && !(view->knowledge & KNOWS_CONTAINERS)) {
		complain("the source %s does not know containers, nor what leaks; vfiotop --info "
			 "says why it was chosen",
			 view->source);
		return EXIT_NO_EVENTS;
	}
	if (!note_all(hunt, view)) {
		complain("cannot write leaks: not enough memory; free some");
		return EXIT_FAILED;
	}
	return hunt_at_end(hunt) ? EXIT_DONE : print(hunt, view);
}

bool hunt_tick(struct hunt *hunt, const struct view *view)
{
	bool going_on = view->n_in_flight;

	if (!hunt->command.ended)
		return false;
	for (size_t i = 0; i < view->n_leaks; i++)
		going_on = going_on || view->leaks[i].unfinished;
	hunt->ticks++;
	return hunt->ticks >= HUNT_TICKS && (!going_on || hunt->ticks >= HUNT_TICKS_MOST);
}

enum exit_code hunt_end(struct hunt *hunt, const struct view *view)
{
	const struct command *c = &hunt->command;

	/* What a command did meanwhile it did not leave behind. */
	if (c->name) {
		size_t kept = 0;

		for (size_t i = 0; i < hunt->n_found; i++) {
			struct found_leak leak = hunt->found[i];

			if (leak.present) {
				hunt->found[kept++] = leak;
				continue;
			}
			free(leak.json);
			text_free(&leak.text);
		}
		hunt->n_found = kept;
	}
	if (view && hunt_at_end(hunt) && print(hunt, view) != EXIT_DONE)
		return EXIT_FAILED;
	if (hunt->n_found)
		return EXIT_LEAKS;
	if (c->name && !c->ended) {
		complain("%s was not watched to its end; run it again", c->name);
		return EXIT_FAILED;
	}
	return c->ended && c->status ? EXIT_COMMAND : EXIT_DONE;
}

void hunt_close(struct hunt *hunt)
{
	command_close(&hunt->command);
	for (size_t i = 0; i < hunt->n_found; i++) {
		free(hunt->found[i].json);
		text_free(&hunt->found[i].text);
	}
	free(hunt->found);
	suppressions_free(hunt->suppressions);
	makers_free(hunt->makers);
	if (hunt->out && hunt->out != stdout && hunt->out != stderr)
		fclose(hunt->out);
}
