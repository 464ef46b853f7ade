/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All sources, the best first.
 */
#ifndef VFIOTOP_SOURCES_H
#define VFIOTOP_SOURCES_H

#include "source.h"

/**
 * sources_next - the sources, the best first
 * @previous: NULL for the best
 *
 * Return: NULL after the last.
 */
const struct source_type *sources_next(const struct source_type *previous);

/**
 * source_wanted - whether a source may be used
 * @type: the source
 * @options: what was asked for
 *
 * Return: whether it may.
 */
bool source_wanted(const struct source_type *type, const struct collect_options *options);

/**
 * source_open - open a source, if it is possible here
 * @source: is filled in
 * @type: which
 * @options: what to watch, and what not to use
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code source_open(struct source *source, const struct source_type *type,
			   const struct collect_options *options);

/**
 * source_close - detach a source and free all that it has
 * @source: is empty afterwards; may be so before
 */
void source_close(struct source *source);

#endif /* VFIOTOP_SOURCES_H */
