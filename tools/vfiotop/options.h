/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line.
 */
#ifndef VFIOTOP_OPTIONS_H
#define VFIOTOP_OPTIONS_H

#include <stdint.h>

#include "collect/options.h"
#include "model/alerts.h"
#include "model/growth.h"
#include "selection.h"

/**
 * enum output_mode - how reports are shown
 * @OUTPUT_SCREEN: live, on a terminal
 * @OUTPUT_BATCH: text, one report after the other
 * @OUTPUT_CSV: comma-separated values, one line per row
 * @OUTPUT_JSON: one JSON object per line
 * @OUTPUT_SERVE: metrics and a page, by HTTP or as a file
 */
enum output_mode {
	OUTPUT_SCREEN,
	OUTPUT_BATCH,
	OUTPUT_CSV,
	OUTPUT_JSON,
	OUTPUT_SERVE,
};

/**
 * enum option_action - what to do
 * @ACTION_WATCH: watch and report
 * @ACTION_RECORD: write snapshots into a file
 * @ACTION_SERVE: watch and serve reports
 * @ACTION_ADVISE: say what to change
 * @ACTION_REPORT: write a page about a recording
 * @ACTION_LEAKS: watch and report leaks
 * @ACTION_HELP: print the help
 * @ACTION_VERSION: print the version
 * @ACTION_LIST_FIELDS: print the table of fields
 * @ACTION_LIST_OPTIONS: print the table of options
 * @ACTION_INFO: print what this kernel offers
 * @ACTION_COMPLAINED: nothing: the command line is wrong, and a message has said so
 */
enum option_action {
	ACTION_WATCH,
	ACTION_RECORD,
	ACTION_SERVE,
	ACTION_ADVISE,
	ACTION_REPORT,
	ACTION_LEAKS,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_LIST_FIELDS,
	ACTION_LIST_OPTIONS,
	ACTION_INFO,
	ACTION_COMPLAINED,
};

/**
 * struct options - what was asked for
 * @action: what to do
 * @output: how to show reports
 * @interval_ns: time between reports
 * @count: exit after so many reports, 0 for never
 * @once: one report, and no wait for VFIO
 * @only: what to show
 * @ready_fd: file descriptor that is told when the watch has begun, -1 for nowhere
 * @file: file to write, NULL for standard output
 * @anonymise: write other names into it
 * @replay: recording to show instead of this machine, NULL for none
 * @speed: how much faster than it was; 0 when nothing was said
 * @from_ns: begin so much later
 * @columns: columns of text and CSV, separated by commas; NULL for the usual ones
 * @sort: column that rows are sorted by, NULL for the usual order
 * @listen: address to serve at, NULL for the usual one
 * @textfile: folder for a file of metrics instead, NULL for none
 * @for_ns: how long to look for leaks, 0 for ever
 * @suppressions: file that names leaks which are not reported, NULL for none
 * @command: program to run, with its arguments, NULL for none
 * @growth: what is called growth
 * @alerts: when there is an alert
 * @config: configuration file, NULL for the usual ones
 * @no_config: read none
 * @collect: for the collector
 */
struct options {
	enum option_action action;
	enum output_mode output;
	uint64_t interval_ns;
	uint64_t count;
	bool once;
	struct selection only;
	int ready_fd;
	const char *file;
	bool anonymise;
	const char *replay;
	double speed;
	uint64_t from_ns;
	const char *columns;
	const char *sort;
	const char *listen;
	const char *textfile;
	uint64_t for_ns;
	const char *suppressions;
	char **command;
	struct growth_limits growth;
	struct alert_limits alerts;
	const char *config;
	bool no_config;
	struct collect_options collect;
};

/**
 * options_parse - read the command line
 * @argc: as in main()
 * @argv: as in main()
 * @terminal: standard input and output are a terminal
 *
 * Prints a message on stderr when something is wrong.
 *
 * Return: the options.
 */
struct options options_parse(int argc, char **argv, bool terminal);

/**
 * options_help - print the help
 */
void options_help(void);

/**
 * options_list - print the options, for shell completion
 */
void options_list(void);

#endif /* VFIOTOP_OPTIONS_H */
