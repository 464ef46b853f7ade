/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command "leaks": what it prints, and what its exit code is.
 */
#ifndef VFIOTOP_HUNT_H
#define VFIOTOP_HUNT_H

#include <stdio.h>

#include "command.h"
#include "exit.h"
#include "model/makers.h"
#include "options.h"
#include "view.h"

#define HUNT_TRIES	5	      /* to see what the host has pinned before a command */
#define HUNT_TICKS	3	      /* after a command has ended, as leaks show only then */
#define HUNT_TICKS_MOST 100	      /* while something is in flight, or looked for */
#define HUNT_TICK_NS	200000000ULL  /* the longest interval meanwhile */
#define HUNT_KILL_NS	5000000000ULL /* until a command is killed that does not end */

struct found_leak;
struct growth_limits;

/**
 * struct hunt - a hunt for leaks
 * @options: how to show them
 * @out: where to
 * @suppressions: what is not to be reported
 * @makers: who made mappings, NULL unless that was asked for
 * @command: whose leaks are looked for, if it has a name
 * @found: leaks that were seen, the last state of each
 * @n_found: how many
 * @lost: there were more
 * @printed: there was a report before
 * @ticks: since the command has ended
 * @stopped: the command had to be stopped
 */
struct hunt {
	const struct options *options;
	FILE *out;
	struct suppressions *suppressions;
	struct makers *makers;
	struct command command;
	struct found_leak *found;
	size_t n_found;
	bool lost;
	bool printed;
	unsigned int ticks;
	bool stopped;
};

/**
 * hunt_open - begin
 * @hunt: is filled in
 * @options: how to show leaks
 *
 * To be called before anything else is opened: it makes the process of the command.
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code hunt_open(struct hunt *hunt, const struct options *options);

/**
 * hunt_at_end - whether there is one report, at the end
 * @hunt: from hunt_open()
 *
 * Return: whether it is so.
 */
bool hunt_at_end(const struct hunt *hunt);

/**
 * hunt_report - take note of a report, and print it unless that is done at the end
 * @hunt: from hunt_open()
 * @view: the report
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code hunt_report(struct hunt *hunt, const struct view *view);

/**
 * hunt_tick - whether all is seen after the command has ended
 * @hunt: from hunt_open()
 * @view: the last report
 *
 * Return: whether it is so.
 */
bool hunt_tick(struct hunt *hunt, const struct view *view);

/**
 * hunt_end - print what is printed at the end
 * @hunt: from hunt_open()
 * @view: the last report; NULL when there was none
 *
 * Return: the exit code.
 */
enum exit_code hunt_end(struct hunt *hunt, const struct view *view);

/**
 * hunt_close - forget all
 * @hunt: from hunt_open()
 */
void hunt_close(struct hunt *hunt);

#endif /* VFIOTOP_HUNT_H */
