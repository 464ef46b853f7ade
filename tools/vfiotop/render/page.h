/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A report as a page for browsers: without scripts, and without anything from elsewhere.
 */
#ifndef VFIOTOP_PAGE_H
#define VFIOTOP_PAGE_H

#include "view.h"

/**
 * page_render - the overview of a host
 * @view: the report
 *
 * Return: HTML, to be freed; NULL when out of memory.
 */
char *page_render(const struct view *view);

#endif /* VFIOTOP_PAGE_H */
