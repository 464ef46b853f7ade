// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "outputs.h"

#include <json-c/json.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fields.h"
#include "render/columns.h"
#include "render/metrics.h"
#include "render/page.h"
#include "render/render.h"
#include "report/report.h"
#include "screen/screen.h"

#define END_NS 1000000000000ULL

static const uint8_t *choices;
static size_t left;

static uint8_t choice(void)
{
	if (!left)
		return 0;
	left--;
	return *choices++;
}

/* --- What may come out ----------------------------------------------------------------- */

/* Bytes of the character that begins here; 0 when it is none, or commands terminals. */
static size_t character(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	static const uint32_t least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	size_t length = c[0] < 0x80 ? 1 : c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	uint32_t code = length == 1 ? c[0] : c[0] & (0x7fU >> length);

	if (c[0] >= 0xf8 || (c[0] >= 0x80 && c[0] < 0xc0))
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (c[i] & 0x3f);
	}
	if (code < ' ' || code == 0x7f || code < least[length] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

static void check_line(const char *text)
{
	size_t length;

	for (; *text; text += length) {
		length = character(text);
		if (!length)
			abort();
	}
}

void outputs_check_lines(const char *text)
{
	size_t length;

	for (; *text; text += length) {
		length = *text == '\n' ? 1 : character(text);
		if (!length)
			abort();
	}
}

/* Names in it are escaped: what looks like a tag is one of the page's own. */
static void check_markup(const char *text)
{
	const char *tag = text;

	outputs_check_lines(text);
	while ((tag = strchr(tag, '<'))) {
		tag++;
		if (*tag != '/' && *tag != '!' && (*tag < 'a' || *tag > 'z'))
			abort();
	}
}

/* --- A terminal -------------------------------------------------------------------------- */

static FILE *terminal;
static FILE *keyboard;
static int typed;

/* The sequences by which ncurses draws, in these terminals. Returns how long one is. */
static size_t sequence(const char *text)
{
	/* Colours as they were before. */
	static const char *const resets[] = { "\033]R", "\033]104\a" };
	size_t length;

	if (strchr("()", text[1]) && text[1])
		return text[2] ? 3 : 0;
	if (strchr("78=>MHc", text[1]) && text[1])
		return 2;
	for (size_t i = 0; i < sizeof(resets) / sizeof(resets[0]); i++)
		if (!strncmp(text, resets[i], strlen(resets[i])))
			return strlen(resets[i]);
	if (text[1] != '[')
		return 0;
	length = 2 + strspn(text + 2, "?0123456789;");
	return text[length] && strchr("@ABCDGHJKLMPSTXZbcdghlmrt", text[length]) ? length + 1 : 0;
}

static void check_terminal(void)
{
	static char drawn[1 << 20];
	ssize_t n = pread(fileno(terminal), drawn, sizeof(drawn) - 1, 0);
	size_t length;

	if (n < 0 || ftruncate(fileno(terminal), 0) || lseek(fileno(terminal), 0, SEEK_SET))
		abort();
	drawn[n] = '\0';
	if (strlen(drawn) != (size_t)n)
		abort();
	for (const char *text = drawn; *text; text += length) {
		if (*text == '\033')
			length = sequence(text);
		else
			length = strchr("\r\n\b\t\016\017", *text) ? 1 : character(text);
		if (!length)
			abort();
	}
}

/* Descriptors that a terminal has: nobody sees, nobody types. */
static void open_terminal(void)
{
	static const char *const names[][2] = {
		{ "xterm-256color", "C.UTF-8" },
		{ "vt100", "C" },
		{ "linux", "C" },
	};
	static const char *const sizes[][2] = {
		{ "24", "80" },
		{ "12", "40" },
		{ "50", "200" },
		{ "2", "5" },
	};
	uint8_t c = choice();

	if (!terminal) {
		int ends[2];

		terminal = fdopen(memfd_create("terminal", 0), "w");
		if (!terminal || pipe(ends))
			abort();
		keyboard = fdopen(ends[0], "r");
		typed = ends[1];
	}
	setenv("TERM", names[c % 3][0], 1);
	setlocale(LC_CTYPE, names[c % 3][1]);
	setenv("LINES", sizes[c / 4 % 4][0], 1);
	setenv("COLUMNS", sizes[c / 4 % 4][1], 1);
	if (!screen_open(keyboard, terminal))
		abort();
}

/* An escape alone would be waited for: what follows might make a key of it. */
static const char *const keys[] = {
	"0",	  "1",	    "2",      "3",	"4",	  "5",	    "6",       "7",	  "8",
	"9",	  "\t",	    "\n",     "<",	">",	  "R",	    "t",       "/",	  "f",
	"d",	  "h",	    "r",      " ",	"a",	  "x",	    "\177",    "\033OA",  "\033OB",
	"\033OC", "\033OD", "\033[A", "\033[B", "\033[C", "\033[D", "\033[5~", "\033[6~",
};

static void press(void)
{
	for (int i = choice() % 8; i > 0; i--) {
		const char *key = keys[choice() % (sizeof(keys) / sizeof(keys[0]))];

		if (write(typed, key, strlen(key)) != (ssize_t)strlen(key))
			abort();
		if (screen_key() == SCREEN_PLAY)
			screen_pause();
	}
}

static void show_on_screen(const struct view *view)
{
	screen_draw(view);
	press();
	screen_draw(view);
	check_terminal();
}

/* --- Files -------------------------------------------------------------------------------- */

static struct metrics *metrics;
static struct story story;

/* What is written to a file, as a string. */
static char *written;
static size_t n_written;

static FILE *open_file(void)
{
	FILE *file = open_memstream(&written, &n_written);

	if (!file)
		abort();
	return file;
}

static void close_file(FILE *file, void (*check)(const char *text))
{
	fclose(file);
	if (strlen(written) != n_written)
		abort();
	check(written);
	free(written);
}

static void check_string(char *text, void (*check)(const char *text))
{
	if (!text)
		abort();
	check(text);
	free(text);
}

static void show_json(const struct view *view)
{
	char *line = render_json(view);
	struct json_object *object;

	if (!line)
		abort();
	object = json_tokener_parse(line);
	if (!object)
		abort();
	json_object_put(object);
	check_string(line, check_line);
}

static void check_text(struct text *text)
{
	for (size_t i = 0; i < text->n; i++)
		check_line(text->lines[i].text);
	text_free(text);
}

static void show_columns(const struct view *view)
{
	struct columns columns;
	struct text text = { 0 };
	FILE *file = open_file();

	columns_all(&columns, view);
	if (columns.n) {
		const struct field *field = columns.fields[choice() % columns.n];

		if (columns_sortable(field))
			columns_sort(view, field);
	}
	columns_text(&columns, view, &text);
	check_text(&text);
	columns_csv_header(&columns, file);
	columns_csv(&columns, view, file);
	close_file(file, outputs_check_lines);
}

/* --- All of it ------------------------------------------------------------------------------ */

void outputs_open(const uint8_t *bytes, size_t n)
{
	choices = bytes;
	left = n;
	metrics = metrics_new();
	if (!metrics)
		abort();
	story = (struct story){ .end_ns = END_NS };
	open_terminal();
}

void outputs_note(const struct view *view, const struct snapshot *snapshot)
{
	metrics_update(metrics, view);
	if (!story.reports)
		story.start_ns = snapshot->time_ns;
	story.end_ns = snapshot->time_ns;
	if (!story_add(&story, view))
		abort();
}

void outputs_show(const struct view *view)
{
	struct text text = { 0 };

	show_json(view);
	render_text(view, &text);
	check_text(&text);
	check_string(
		metrics_render(metrics, view, choice() & 1 ? METRICS_TEXT : METRICS_OPENMETRICS),
		outputs_check_lines);
	check_string(page_render(view), check_markup);
	/* These keep rows in another order. */
	show_columns(view);
	show_on_screen(view);
}

void outputs_close(void)
{
	FILE *file = open_file();

	report_page(&story, "fuzz", file);
	close_file(file, check_markup);
	screen_close();
	check_terminal();
	story_free(&story);
	metrics_free(metrics);
}
