// SPDX-License-Identifier: GPL-2.0-only
#define _XOPEN_SOURCE_EXTENDED 1
#include "paint.h"

#include <langinfo.h>
#include <ncurses.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ESCAPE_MS 25

static SCREEN *terminal;
static bool unicode;
static attr_t looks[PAINTS];

/* Colour adds to what bold, reverse and underline say already. */
static void choose_looks(void)
{
	static const short colours[PAINTS] = {
		[PAINT_CRITICAL] = COLOR_RED,	  [PAINT_WARNING] = COLOR_YELLOW,
		[PAINT_NOTICE] = COLOR_CYAN,	  [PAINT_LEAF_SMALL] = COLOR_YELLOW,
		[PAINT_LEAF_LARGE] = COLOR_GREEN, [PAINT_LEAF_GIANT] = COLOR_CYAN,
	};
	static const attr_t plain[PAINTS] = {
		[PAINT_TITLE] = A_BOLD,
		[PAINT_HEADER] = A_REVERSE,
		[PAINT_SORTED] = A_REVERSE | A_BOLD | A_UNDERLINE,
		[PAINT_CURSOR] = A_REVERSE,
		[PAINT_CRITICAL] = A_BOLD | A_UNDERLINE,
		[PAINT_WARNING] = A_BOLD,
	};
	bool coloured = has_colors() && start_color() == OK && use_default_colors() == OK;

	memcpy(looks, plain, sizeof(looks));
	for (short i = 0; coloured && i < PAINTS; i++)
		if (colours[i] && init_pair(i, colours[i], -1) == OK)
			looks[i] |= COLOR_PAIR(i);
}

bool paint_open(FILE *in, FILE *out)
{
	terminal = newterm(NULL, out, in);
	if (!terminal)
		return false;
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	choose_looks();
	return true;
}

void paint_close(void)
{
	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

void paint_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clear();
}

void paint_begin(void)
{
	erase();
}

void paint_end(void)
{
	refresh();
}

int paint_lines(void)
{
	return LINES;
}

int paint_columns(void)
{
	return COLS;
}

bool paint_unicode(void)
{
	return unicode;
}

int paint_key(void)
{
	return getch();
}

void paint_fill(int y, enum paint paint)
{
	if (y >= 0 && y < LINES)
		mvhline(y, 0, ' ' | looks[paint], COLS);
}

/* Bytes of the character of UTF-8 that begins here. */
static int length_of(const char *text)
{
	int length = 1;

	while ((text[length] & 0xc0) == 0x80)
		length++;
	return length;
}

static char plain_character(const char *text, int length)
{
	static const char micro[] = "µ";

	if (length == 1)
		return *text;
	return strncmp(text, micro, strlen(micro)) ? '?' : 'u';
}

int paint_text(int y, int x, int width, const char *text, enum paint paint)
{
	int end = x + width < COLS ? x + width : COLS;

	if (y < 0 || y >= LINES)
		return x;
	attrset(looks[paint]);
	while (*text && x < end) {
		int length = length_of(text);

		if (unicode && length > 1)
			mvaddnstr(y, x, text, length);
		else
			mvaddch(y, x, (unsigned char)plain_character(text, length));
		text += length;
		x++;
	}
	attrset(A_NORMAL);
	return x;
}
