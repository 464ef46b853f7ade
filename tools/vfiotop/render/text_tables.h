/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of a report as text.
 */
#ifndef VFIOTOP_TEXT_TABLES_H
#define VFIOTOP_TEXT_TABLES_H

#include "render.h"

/**
 * add_tables - all tables that have rows
 * @text: gets them
 * @view: the report
 */
void add_tables(struct text *text, const struct view *view);

#endif /* VFIOTOP_TEXT_TABLES_H */
