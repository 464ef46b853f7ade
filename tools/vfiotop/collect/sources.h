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
 * sources_find - a source
 * @choice: which
 *
 * Return: NULL when there is none.
 */
const struct source_type *sources_find(enum source_choice choice);

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
 * sources_attach - attach the best source that works, or the one that was asked for
 * @source: is filled in; the programs stay attached as long as its handles are open
 * @options: what to watch
 * @generation: gets that of the module which the source follows, from before
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code sources_attach(struct source *source, const struct collect_options *options,
			      uint64_t *generation);

/**
 * source_close - detach a source and free all that it has
 * @source: is empty afterwards; may be so before
 */
void source_close(struct source *source);

#endif /* VFIOTOP_SOURCES_H */
