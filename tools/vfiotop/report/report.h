/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The story of a recording as one page of HTML, which needs nothing else.
 */
#ifndef VFIOTOP_REPORT_H
#define VFIOTOP_REPORT_H

#include <stdio.h>

#include "story.h"

/**
 * report_page - write the page
 * @story: the story
 * @about: who recorded
 * @out: where to
 */
void report_page(const struct story *story, const char *about, FILE *out);

#endif /* VFIOTOP_REPORT_H */
