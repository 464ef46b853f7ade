/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Renderers: a view in, characters out.
 */
#ifndef VFIOTOP_RENDER_H
#define VFIOTOP_RENDER_H

#include "view.h"

#define JSON_SCHEMA  "vfiotop/2"
#define TRACE_SCHEMA "vfiotop-trace/1"

struct text;

/**
 * render_json - a report as one line of JSON
 * @view: the report
 *
 * Return: the line without its end, to be freed; NULL when out of memory.
 */
char *render_json(const struct view *view);

/**
 * render_json_traced - a traced request as one line of JSON
 * @request: the request
 *
 * Return: the line without its end, to be freed; NULL when out of memory.
 */
char *render_json_traced(const struct traced_view *request);

/**
 * render_json_leak - a leak as in the JSON line
 * @leak: the leak
 *
 * Return: an object, to be freed; NULL when out of memory.
 */
char *render_json_leak(const struct leak_view *leak);

/**
 * render_json_host - pinned memory of the host as in the JSON line
 * @host: that
 *
 * Return: an object, to be freed; NULL when out of memory.
 */
char *render_json_host(const struct host_view *host);

/**
 * render_host - pinned memory of the host in a line of text
 * @host: that
 * @text: gets the line, if something but VFIO has pinned memory, or memory was left pinned
 */
void render_host(const struct host_view *host, struct text *text);

/**
 * render_leak - a leak in some lines of text
 * @leak: the leak
 * @now_ns: the time, CLOCK_MONOTONIC
 * @text: gets the lines behind those that it has
 */
void render_leak(const struct leak_view *leak, uint64_t now_ns, struct text *text);

/**
 * enum line_style - how a line stands out on a screen
 * @STYLE_NORMAL: not
 * @STYLE_TITLE: first line
 * @STYLE_HEADER: titles of a table
 * @STYLE_WARNING: something is wrong
 * @STYLE_MAP: letters that iova_map_make() has drawn
 */
enum line_style {
	STYLE_NORMAL,
	STYLE_TITLE,
	STYLE_HEADER,
	STYLE_WARNING,
	STYLE_MAP,
};

/**
 * struct text_line - one line
 * @text: UTF-8, without its end
 * @style: how it stands out
 */
struct text_line {
	char *text;
	enum line_style style;
};

/**
 * struct text - lines
 * @lines: n of them
 * @n: how many
 * @failed: out of memory: some are missing
 */
struct text {
	struct text_line *lines;
	size_t n;
	bool failed;
};

/**
 * render_text - a report as text
 * @view: the report
 * @text: an empty or used one; its lines are replaced
 */
void render_text(const struct view *view, struct text *text);

/**
 * text_free - free the lines
 * @text: is empty afterwards
 */
void text_free(struct text *text);

/**
 * text_width - columns that a UTF-8 string takes
 * @string: of characters that take one column each
 *
 * Return: how many.
 */
size_t text_width(const char *string);

#endif /* VFIOTOP_RENDER_H */
