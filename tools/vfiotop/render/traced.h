/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traced requests: one line each, as soon as it ends.
 */
#ifndef VFIOTOP_RENDER_TRACED_H
#define VFIOTOP_RENDER_TRACED_H

#include <stdio.h>

#include "render.h"

/**
 * traced_text_header - print the titles of the columns
 * @out: where to
 */
void traced_text_header(FILE *out);

/**
 * traced_text - print a request as text
 * @request: the request
 * @out: where to
 */
void traced_text(const struct traced_view *request, FILE *out);

#endif /* VFIOTOP_RENDER_TRACED_H */
