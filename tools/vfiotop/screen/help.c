// SPDX-License-Identifier: GPL-2.0-only
#include "help.h"

#include "fields.h"
#include "render/lines.h"

static const char *const keys[][2] = {
	{ "q", "quit" },
	{ "h ? F1", "this help, and back" },
	{ "1 to 9, 0, Tab", "another table" },
	{ "arrows, Page Up and Down", "move the cursor; left and right move the columns" },
	{ "Home, End", "first and last row" },
	{ "Enter", "all about this row's address space; Escape leads back" },
	{ "< >", "order by the column to the left, to the right" },
	{ "R", "reverse the order" },
	{ "/", "only rows with a text; Enter keeps it, Escape drops it" },
	{ "f", "choose the columns" },
	{ "t", "group by virtual machine, pod or unit" },
	{ "Space", "pause, or go on" },
	{ ", . [ ]", "a recording: one report back, or on; ten" },
	{ "d", "seconds between reports" },
	{ "r, Ctrl-L", "draw again" },
};

static const char *const marks[] = {
	"!!  critical: memory may be corrupted or lost",
	"!   warning: something is slow, near a limit, or left behind",
	".   notice: worth knowing",
	">   the cursor; while it is not on the first row, rows keep their order",
	"v ^ the column that gives the order: largest or smallest first",
	"-   unknown",
};

static void add_columns(struct text *text, enum field_scope scope, const char *heading)
{
	const struct field *f = NULL;

	add_line(text, STYLE_NORMAL, "%s", "");
	add_line(text, STYLE_TITLE, "%s", heading);
	while ((f = fields_next(scope, f)))
		if (f->title)
			add_line(text, STYLE_NORMAL, "%-12s %s", f->title, f->text);
}

void help_make(struct text *text)
{
	text_free(text);
	add_line(text, STYLE_TITLE, "vfiotop - what VFIO does, live");
	add_line(text, STYLE_NORMAL, "%s", "");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		add_line(text, STYLE_NORMAL, "%-25s %s", keys[i][0], keys[i][1]);
	add_line(text, STYLE_NORMAL, "%s", "");
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		add_line(text, STYLE_NORMAL, "%s", marks[i]);
	add_columns(text, SCOPE_CONTAINER, "Address spaces, latency, pages");
	add_columns(text, SCOPE_IN_FLIGHT, "Running");
	add_columns(text, SCOPE_DEVICE, "Devices");
	add_columns(text, SCOPE_GROUP, "Groups");
	add_columns(text, SCOPE_FAILURE, "Fails");
	add_columns(text, SCOPE_LEAK, "Leaks");
	add_columns(text, SCOPE_ALERT, "Alerts");
	add_columns(text, SCOPE_PROCESS, "Processes");
}
