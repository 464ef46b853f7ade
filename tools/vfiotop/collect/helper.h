/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The helper: a process that keeps the privileges to attach, and does nothing else. It is
 * asked over a socket, and answers with file descriptors; what these stand for stays
 * attached without it. It ends with the process that started it.
 */
#ifndef VFIOTOP_HELPER_H
#define VFIOTOP_HELPER_H

#include <stdint.h>

#include "exit.h"
#include "options.h"

struct helper;
struct source;

/**
 * helper_start - start it
 * @options: what it may be asked to watch
 *
 * The caller gives up its own privileges afterwards.
 *
 * Return: NULL after a message on stderr.
 */
struct helper *helper_start(const struct collect_options *options);

/**
 * helper_stop - end it, and wait until it has ended
 * @helper: or NULL
 *
 * It does not finish what it is attaching.
 */
void helper_stop(struct helper *helper);

/**
 * helper_ask - ask it to attach the best source that works
 * @helper: from helper_start()
 *
 * This does not wait: helper_fd() can be read once it has answered, which helper_attached()
 * takes. In between nothing else can be asked.
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code helper_ask(struct helper *helper);

/**
 * helper_attached - take its answer
 * @helper: asked by helper_ask()
 * @source: gets what was attached, with handles of its own, to be started and closed
 * @generation: gets that of the module which the source follows, from before
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code helper_attached(struct helper *helper, struct source *source, uint64_t *generation);

/**
 * helper_check - whether it has the privileges to attach
 * @helper: from helper_start()
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code helper_check(struct helper *helper);

/**
 * helper_fd - to be polled: it can be read after helper_ask(), and hangs up when the helper ends
 * @helper: from helper_start()
 *
 * Return: -1 once that has been noticed.
 */
int helper_fd(const struct helper *helper);

/**
 * helper_ended - the helper has hung up: say so
 * @helper: from helper_start()
 * @lost: what is lost by that, in words
 */
void helper_ended(struct helper *helper, const char *lost);

#endif /* VFIOTOP_HELPER_H */
