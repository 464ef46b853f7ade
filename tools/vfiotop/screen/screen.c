// SPDX-License-Identifier: GPL-2.0-only
#define _XOPEN_SOURCE_EXTENDED 1
#include "screen.h"

#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static SCREEN *terminal;
static enum text_sort sort;
static bool helping;
static size_t first_line;
static int first_column;
static struct text text;

static const char *const help[] = {
	"vfiotop - what VFIO does, live",
	"",
	"  q        quit",
	"  h, ?     this help, and back",
	"  i        containers by number",
	"  p        containers by pinned memory",
	"  m        containers by maps per second",
	"  l        containers by longest map",
	"  space    a recording stops, or goes on",
	"  , .      one report back, or on; [ ] ten",
	"  arrows, page up, page down, home   move the view",
	"",
	"p50, p99, max  latency since the watch began; max is exact, the others",
	"               are within 1/8",
	"4K, 2M, 1G     bytes mapped with IOMMU entries of that size",
	"MEAN RUN       bytes mapped per physically contiguous run",
	"PINNED         user memory pinned now; PEAK: the most during the watch",
	"MAPPINGS       mappings now / limit",
	"PIN, IOMMU, ACCOUNT   where maps spent their time",
	"OPEN, CLOSE, RESET    how long the last one of a device took",
	"-              unknown",
};

bool screen_open(void)
{
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return false;
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	return true;
}

void screen_close(void)
{
	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
	text_free(&text);
}

void screen_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clear();
}

static attr_t attributes(enum line_style style)
{
	switch (style) {
	case STYLE_TITLE:
		return A_BOLD;
	case STYLE_HEADER:
		return A_REVERSE;
	case STYLE_WARNING:
		return A_BOLD | A_UNDERLINE;
	default:
		return A_NORMAL;
	}
}

/* Skips the columns left of the view; a character of UTF-8 is one column. */
static const char *skip_columns(const char *line, int columns)
{
	while (*line && columns > 0) {
		line++;
		while ((*line & 0xc0) == 0x80)
			line++;
		columns--;
	}
	return line;
}

static void draw_line(int y, const char *line, enum line_style style)
{
	attrset(attributes(style));
	if (style == STYLE_HEADER)
		mvhline(y, 0, ' ' | A_REVERSE, COLS);
	mvaddnstr(y, 0, skip_columns(line, first_column), -1);
	attrset(A_NORMAL);
}

static void draw_help(void)
{
	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]) && (int)i < LINES; i++)
		draw_line((int)i, help[i], i ? STYLE_NORMAL : STYLE_TITLE);
}

static void draw_text(void)
{
	int rows = LINES > 1 ? LINES - 1 : 0;

	if (first_line + 1 > text.n)
		first_line = text.n ? text.n - 1 : 0;
	/* The title stays. */
	if (text.n && rows)
		draw_line(0, text.lines[0].text, text.lines[0].style);
	for (int y = 1; y < rows && first_line + (size_t)y < text.n; y++)
		draw_line(y, text.lines[first_line + (size_t)y].text,
			  text.lines[first_line + (size_t)y].style);
	mvaddnstr(LINES - 1, 0, "q quit  h help  sort: i number  p pinned  m maps/s  l longest map",
		  COLS);
}

void screen_draw(const struct view *view)
{
	erase();
	if (helping) {
		draw_help();
	} else if (view) {
		render_text(view, sort, &text);
		draw_text();
	} else {
		draw_line(0, "vfiotop: watching; the first report comes after one interval",
			  STYLE_TITLE);
	}
	refresh();
}

static enum screen_event sort_by(enum text_sort order)
{
	sort = order;
	return SCREEN_REDRAW;
}

static enum screen_event scroll_by(int lines, int columns)
{
	if (lines < 0 && first_line < (size_t)-lines)
		first_line = 0;
	else
		first_line += (size_t)lines;
	first_column += columns;
	if (first_column < 0)
		first_column = 0;
	return SCREEN_REDRAW;
}

static enum screen_event take(int key)
{
	switch (key) {
	case 'q':
		return SCREEN_QUIT;
	case 'h':
	case '?':
		helping = !helping;
		return SCREEN_REDRAW;
	case 'i':
		return sort_by(SORT_ID);
	case 'p':
		return sort_by(SORT_PINNED);
	case 'm':
		return sort_by(SORT_MAPS);
	case 'l':
		return sort_by(SORT_LATENCY);
	case ' ':
		return SCREEN_PLAY;
	case '.':
		return SCREEN_STEP;
	case ',':
		return SCREEN_STEP_BACK;
	case ']':
		return SCREEN_SKIP;
	case '[':
		return SCREEN_SKIP_BACK;
	case KEY_UP:
		return scroll_by(-1, 0);
	case KEY_DOWN:
		return scroll_by(1, 0);
	case KEY_PPAGE:
		return scroll_by(-LINES / 2, 0);
	case KEY_NPAGE:
		return scroll_by(LINES / 2, 0);
	case KEY_LEFT:
		return scroll_by(0, -8);
	case KEY_RIGHT:
		return scroll_by(0, 8);
	case KEY_HOME:
		first_line = 0;
		first_column = 0;
		return SCREEN_REDRAW;
	default:
		return SCREEN_NOTHING;
	}
}

enum screen_event screen_key(void)
{
	enum screen_event event = SCREEN_NOTHING;
	int key;

	while ((key = getch()) != ERR) {
		enum screen_event now = take(key);

		if (now > event)
			event = now;
	}
	return event;
}
