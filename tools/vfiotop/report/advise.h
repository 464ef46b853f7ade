/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Advice on all containers of a story: as text, as JSON, or as a part of a page.
 */
#ifndef VFIOTOP_ADVISE_H
#define VFIOTOP_ADVISE_H

#include <stdio.h>

#include "advice/advice.h"
#include "story.h"

/**
 * advise_on - find the advice on a container of a story
 * @story: what happened
 * @container: of the story
 * @list: is filled in
 */
void advise_on(const struct story *story, const struct container_view *container,
	       struct advice_list *list);

/**
 * advise_text - print the advice on all containers
 * @story: what happened
 * @out: where to
 */
void advise_text(const struct story *story, FILE *out);

/**
 * advise_json - print it as one line of JSON
 * @story: what happened
 * @out: where to
 *
 * Return: false when out of memory.
 */
bool advise_json(const struct story *story, FILE *out);

#endif /* VFIOTOP_ADVISE_H */
