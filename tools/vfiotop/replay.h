/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording instead of this machine.
 */
#ifndef VFIOTOP_REPLAY_H
#define VFIOTOP_REPLAY_H

#include "exit.h"
#include "hunt.h"
#include "output.h"

/**
 * replay - show a recording, or record it again
 * @options: what was asked for
 * @output: for reports, unless they go to the screen
 * @hunt: where leaks go, for the command that looks for them
 * @signals: a signalfd of all signals that are handled
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code replay(const struct options *options, struct output *output, struct hunt *hunt,
		      int signals);

#endif /* VFIOTOP_REPLAY_H */
