// SPDX-License-Identifier: GPL-2.0-only
#define _XOPEN_SOURCE_EXTENDED 1
#include "screen.h"

#include <ctype.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include "chooser.h"
#include "detail.h"
#include "frozen.h"
#include "grid.h"
#include "help.h"
#include "overview.h"
#include "paint.h"
#include "render/iova_map.h"

#define KEY_ESCAPE  27
#define KEY_RETURN  13
#define KEY_REDRAW  ('L' & 0x1f)
#define KEY_BACK    127
#define DELAY_LEAST 0.05
#define DELAY_MOST  86400.0
#define FOOT_LINES  1
#define BODY	    OVERVIEW_LINES

static struct screen_state screen = { .tab = TABLE_CONTAINERS };
static struct text text; /* of detail and help */

static struct tab_state *this_tab(void)
{
	return &screen.tabs[screen.tab];
}

/* --- Drawing ------------------------------------------------------------------------- */

static int body_height(void)
{
	return paint_lines() - BODY - FOOT_LINES;
}

static void foot(const char *line)
{
	paint_text(paint_lines() - 1, 0, paint_columns(), line, PAINT_DIM);
}

static enum paint paint_of(enum line_style style)
{
	switch (style) {
	case STYLE_TITLE:
	case STYLE_HEADER:
		return PAINT_TITLE;
	case STYLE_WARNING:
		return PAINT_WARNING;
	default:
		return PAINT_NORMAL;
	}
}

static enum paint paint_of_letter(char letter)
{
	switch (letter) {
	case IOVA_SMALL:
	case IOVA_MIXED:
		return PAINT_LEAF_SMALL;
	case IOVA_LARGE:
		return PAINT_LEAF_LARGE;
	case IOVA_GIANT:
		return PAINT_LEAF_GIANT;
	case IOVA_HOLE:
		return PAINT_DIM;
	default:
		return PAINT_NORMAL;
	}
}

static void draw_map(int y, const char *letters)
{
	char letter[2] = "";

	for (int x = 0; letters[x]; x++) {
		letter[0] = letters[x];
		paint_text(y, x, paint_columns(), letter, paint_of_letter(letter[0]));
	}
}

static void draw_lines(int y, int height)
{
	size_t rows = height > 0 ? (size_t)height : 0;

	if (screen.line + rows > text.n)
		screen.line = text.n > rows ? text.n - rows : 0;
	for (size_t i = 0; i < rows && screen.line + i < text.n; i++) {
		const struct text_line *line = &text.lines[screen.line + i];

		if (line->style == STYLE_MAP)
			draw_map(y + (int)i, line->text);
		else
			paint_text(y + (int)i, 0, paint_columns(), line->text,
				   paint_of(line->style));
	}
}

static void draw_foot(const struct items *items)
{
	char line[256];

	if (screen.mode == MODE_FILTER)
		snprintf(line, sizeof(line), "filter: %s_  (%zu of %zu rows)", screen.filter,
			 items->n, items->all);
	else if (screen.mode == MODE_DELAY)
		snprintf(line, sizeof(line), "seconds between reports: %s_", screen.input);
	else if (screen.filter[0])
		snprintf(line, sizeof(line), "filter: %s  (%zu of %zu rows)  / changes it",
			 screen.filter, items->n, items->all);
	else if (this_tab()->held)
		snprintf(line, sizeof(line),
			 "row %zu of %zu; rows keep their order: Home lets them move",
			 this_tab()->cursor + 1, items->n);
	else
		snprintf(line, sizeof(line),
			 "q quit  h help  < > R order  / filter  f columns  Space pause  "
			 "Enter details");
	foot(line);
}

static const char *empty_text(void)
{
	const struct view *view = screen.view;

	if (table_get(screen.tab)->scope == SCOPE_PROCESS && view->containers)
		return "this source knows more than processes: 1 shows whose each address space is";
	if (table_get(screen.tab)->scope != SCOPE_CONTAINER)
		return "none";
	if (view->only[0])
		return "nothing of what is to be shown";
	if (!view->containers)
		return "this source knows no containers: 5 shows devices, 0 processes";
	return view->census.value
		       ? "no VFIO container seen"
		       : "no VFIO container seen; one opened before this watch appears with its "
			 "next request";
}

static void draw_table(void)
{
	struct tab_state *tab = this_tab();
	struct items items;

	tab_open(tab, screen.tab);
	items = items_make(&screen, tab);
	overview_draw(&screen);
	grid_draw(&screen, tab, &items, BODY, body_height());
	if (!items.all)
		paint_text(BODY + 2, 0, paint_columns(), empty_text(), PAINT_NORMAL);
	draw_foot(&items);
	free(items.first);
}

static void draw_waiting(void)
{
	char line[128];

	snprintf(line, sizeof(line), "vfiotop  waiting for VFIO: %s is not loaded",
		 screen.view->waiting_for);
	paint_text(0, 0, paint_columns(), line, PAINT_TITLE);
	paint_text(2, 0, paint_columns(),
		   "once vfio, vfio_iommu_type1 and vfio-pci are loaded the watch begins",
		   PAINT_NORMAL);
}

static void draw_mode(void)
{
	switch (screen.mode) {
	case MODE_DETAIL:
		detail_make(screen.view, screen.container, (size_t)paint_columns(), &text);
		overview_draw(&screen);
		draw_lines(BODY, body_height());
		foot("Escape back  arrows, Page Up and Down scroll  Space pause  q quit");
		break;
	case MODE_COLUMNS:
		overview_draw(&screen);
		chooser_draw(&screen, BODY, body_height());
		foot("Space or Enter chooses a column or drops it  Escape back  q quit");
		break;
	default:
		draw_table();
		break;
	}
}

static void draw(void)
{
	paint_begin();
	if (screen.mode == MODE_HELP) {
		help_make(&text);
		draw_lines(0, paint_lines() - FOOT_LINES);
		foot("Escape back  arrows, Page Up and Down scroll  q quit");
	} else if (!screen.view) {
		paint_text(0, 0, paint_columns(),
			   "vfiotop: attaching; the first report comes one interval later",
			   PAINT_TITLE);
	} else if (screen.view->waiting_for[0]) {
		draw_waiting();
	} else {
		draw_mode();
	}
	paint_end();
}

void screen_draw(const struct view *view)
{
	if (!screen.paused)
		screen.view = view;
	draw();
}

/* --- Modes --------------------------------------------------------------------------- */

static enum screen_event change_mode(enum screen_mode mode)
{
	screen.mode = mode;
	screen.line = 0;
	return SCREEN_REDRAW;
}

static enum screen_event show_tab(enum table_name tab)
{
	screen.tab = tab;
	return change_mode(MODE_TABLE);
}

/* --- The cursor ---------------------------------------------------------------------- */

/* Rows keep their order as long as the cursor is not on the first. */
static enum screen_event move_to(struct items *items, size_t row)
{
	struct tab_state *tab = this_tab();

	if (row >= items->n)
		row = items->n ? items->n - 1 : 0;
	tab->cursor = row;
	tab->selected = items->n ? items->first[row].key : 0;
	if (!row)
		tab_release(tab);
	else if (!tab->held)
		tab_hold(tab, items);
	return SCREEN_REDRAW;
}

static enum screen_event move_by(int rows)
{
	struct tab_state *tab = this_tab();
	struct items items;
	size_t row = tab->cursor;

	if (!screen.view || screen.view->waiting_for[0])
		return SCREEN_NOTHING;
	items = items_make(&screen, tab);
	row = rows < 0 && tab->cursor < (size_t)-rows ? 0 : tab->cursor + (size_t)rows;
	move_to(&items, row);
	free(items.first);
	return SCREEN_REDRAW;
}

static enum screen_event scroll_columns(int step)
{
	struct tab_state *tab = this_tab();

	if (step > 0 && tab->left + 2 < tab->n_columns)
		tab->left++;
	else if (step < 0 && tab->left)
		tab->left--;
	return SCREEN_REDRAW;
}

static enum screen_event open_detail(void)
{
	struct tab_state *tab = this_tab();
	struct figure container = { 0 };
	struct items items;

	if (!screen.view || screen.view->waiting_for[0])
		return SCREEN_NOTHING;
	items = items_make(&screen, tab);
	if (items.n && items.first[tab->cursor].row)
		container =
			row_container(table_get(screen.tab)->scope, items.first[tab->cursor].row);
	free(items.first);
	if (!container.known)
		return SCREEN_NOTHING;
	screen.container = container.value;
	return change_mode(MODE_DETAIL);
}

/* --- Order --------------------------------------------------------------------------- */

static void reorder(void)
{
	tab_release(this_tab());
	this_tab()->cursor = 0;
	this_tab()->top = 0;
}

/* Left of the first column is the order by alarms. */
static enum screen_event sort_beside(int step)
{
	struct tab_state *tab = this_tab();

	if (tab->sort >= tab->n_columns)
		tab->sort = step > 0 ? 0 : tab->n_columns - 1;
	else if (step < 0)
		tab->sort = tab->sort ? tab->sort - 1 : NO_SORT;
	else
		tab->sort = tab->sort + 1 < tab->n_columns ? tab->sort + 1 : NO_SORT;
	reorder();
	return SCREEN_REDRAW;
}

static enum screen_event toggle(bool *what)
{
	*what = !*what;
	reorder();
	return SCREEN_REDRAW;
}

/* --- Keys ---------------------------------------------------------------------------- */

static bool type(char input[INPUT_SIZE], int key)
{
	size_t length = strlen(input);

	if (key == KEY_BACKSPACE || key == KEY_BACK || key == '\b') {
		if (length)
			input[length - 1] = '\0';
		return true;
	}
	if (key < ' ' || key > '~' || length + 1 >= INPUT_SIZE)
		return false;
	input[length] = (char)key;
	input[length + 1] = '\0';
	return true;
}

static enum screen_event take_filter(int key)
{
	if (key == KEY_ESCAPE)
		screen.filter[0] = '\0';
	if (key == KEY_ESCAPE || key == KEY_RETURN || key == KEY_ENTER || key == '\n')
		return change_mode(MODE_TABLE);
	if (!type(screen.filter, key))
		return SCREEN_NOTHING;
	reorder();
	return SCREEN_REDRAW;
}

static enum screen_event take_delay(int key)
{
	double seconds;
	char *end;

	if (key == KEY_ESCAPE)
		return change_mode(MODE_TABLE);
	if (key != KEY_RETURN && key != KEY_ENTER && key != '\n')
		return type(screen.input, key) ? SCREEN_REDRAW : SCREEN_NOTHING;
	seconds = strtod(screen.input, &end);
	if (!isdigit((unsigned char)screen.input[0]) || *end ||
	    !(seconds >= DELAY_LEAST && seconds <= DELAY_MOST)) {
		screen.input[0] = '\0';
		return SCREEN_REDRAW;
	}
	screen.delay_ns = (uint64_t)(seconds * 1e9);
	change_mode(MODE_TABLE);
	return SCREEN_DELAY;
}

static enum screen_event scroll_lines(int lines)
{
	if (lines < 0 && screen.line < (size_t)-lines)
		screen.line = 0;
	else
		screen.line += (size_t)lines;
	if (screen.mode == MODE_COLUMNS && screen.line >= chooser_lines(&screen))
		screen.line = chooser_lines(&screen) - 1;
	return SCREEN_REDRAW;
}

/* In detail, help and the choice of columns, where lines are scrolled. */
static enum screen_event take_in_lines(int key)
{
	switch (key) {
	case KEY_ESCAPE:
	case KEY_LEFT:
		return change_mode(MODE_TABLE);
	case KEY_UP:
		return scroll_lines(-1);
	case KEY_DOWN:
		return scroll_lines(1);
	case KEY_PPAGE:
		return scroll_lines(-body_height());
	case KEY_NPAGE:
		return scroll_lines(body_height());
	case KEY_HOME:
		screen.line = 0;
		return SCREEN_REDRAW;
	case KEY_END:
		return scroll_lines((int)text.n);
	default:
		return SCREEN_NOTHING;
	}
}

static enum screen_event take_in_columns(int key)
{
	switch (key) {
	case ' ':
	case KEY_RETURN:
	case KEY_ENTER:
	case '\n':
		chooser_toggle(&screen);
		return SCREEN_REDRAW;
	case 'f':
		return change_mode(MODE_TABLE);
	default:
		return take_in_lines(key);
	}
}

static enum screen_event take_in_table(int key)
{
	switch (key) {
	case '\t':
		return show_tab(tab_beside(screen.tab, 1));
	case KEY_BTAB:
		return show_tab(tab_beside(screen.tab, -1));
	case KEY_UP:
		return move_by(-1);
	case KEY_DOWN:
		return move_by(1);
	case KEY_PPAGE:
		return move_by(1 - body_height());
	case KEY_NPAGE:
		return move_by(body_height() - 1);
	case KEY_HOME:
		return move_by(-(int)this_tab()->cursor - 1);
	case KEY_END:
		return move_by(0x7fffffff);
	case KEY_LEFT:
		return scroll_columns(-1);
	case KEY_RIGHT:
		return scroll_columns(1);
	case KEY_RETURN:
	case KEY_ENTER:
	case '\n':
		return open_detail();
	case '<':
		return sort_beside(-1);
	case '>':
		return sort_beside(1);
	case 'R':
		return toggle(&this_tab()->reverse);
	case 't':
		return toggle(&screen.tree);
	case '/':
		return change_mode(MODE_FILTER);
	case 'f':
		return change_mode(MODE_COLUMNS);
	case 'd':
		screen.input[0] = '\0';
		return change_mode(MODE_DELAY);
	case KEY_ESCAPE:
		screen.filter[0] = '\0';
		return SCREEN_REDRAW;
	default:
		return SCREEN_NOTHING;
	}
}

/* Keys that mean the same wherever nothing is typed. */
static enum screen_event take_anywhere(int key)
{
	enum table_name tab;

	if (tab_by_key(key, &tab))
		return show_tab(tab);
	switch (key) {
	case 'q':
		return SCREEN_QUIT;
	case 'h':
	case '?':
	case KEY_F(1):
		return change_mode(screen.mode == MODE_HELP ? MODE_TABLE : MODE_HELP);
	case ' ':
		return screen.mode == MODE_COLUMNS ? SCREEN_NOTHING : SCREEN_PLAY;
	case '.':
		return SCREEN_STEP;
	case ',':
		return SCREEN_STEP_BACK;
	case ']':
		return SCREEN_SKIP;
	case '[':
		return SCREEN_SKIP_BACK;
	case 'r':
	case KEY_REDRAW:
		clear();
		return SCREEN_REDRAW;
	default:
		return SCREEN_NOTHING;
	}
}

static enum screen_event take(int key)
{
	enum screen_event event;

	if (screen.mode == MODE_FILTER)
		return take_filter(key);
	if (screen.mode == MODE_DELAY)
		return take_delay(key);
	event = take_anywhere(key);
	if (event != SCREEN_NOTHING)
		return event;
	switch (screen.mode) {
	case MODE_TABLE:
		tab_open(this_tab(), screen.tab);
		return take_in_table(key);
	case MODE_COLUMNS:
		return take_in_columns(key);
	default:
		return take_in_lines(key);
	}
}

enum screen_event screen_key(void)
{
	enum screen_event event = SCREEN_NOTHING;
	int key;

	/* What the caller has to do comes before the next key. */
	while (event <= SCREEN_REDRAW && (key = paint_key()) != ERR) {
		enum screen_event now = take(key);

		if (now > event)
			event = now;
	}
	return event;
}

/* While it is paused a copy is shown. */
void screen_pause(void)
{
	const struct view *copy;

	if (screen.paused) {
		screen.paused = false;
		return;
	}
	copy = screen.view ? frozen_copy(screen.view) : NULL;
	if (copy) {
		screen.view = copy;
		screen.paused = true;
	}
}

void screen_leaks(void)
{
	screen.tab = TABLE_LEAKS;
}

void screen_stopped(bool stopped)
{
	screen.stopped = stopped;
}

uint64_t screen_delay(void)
{
	return screen.delay_ns;
}

/* --- The terminal -------------------------------------------------------------------- */

bool screen_open(FILE *in, FILE *out)
{
	return paint_open(in, out);
}

void screen_close(void)
{
	paint_close();
	frozen_free();
	text_free(&text);
	for (size_t i = 0; i < TABLES; i++)
		tab_release(&screen.tabs[i]);
	memset(&screen, 0, sizeof(screen));
	screen.tab = TABLE_CONTAINERS;
}

void screen_resize(void)
{
	paint_resize();
}
