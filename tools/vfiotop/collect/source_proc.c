// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source proc: no events, only what /proc and /sys show.
 */
#include "source.h"

static enum exit_code open_proc(struct source *source, const struct collect_options *options)
{
	(void)options;
	source->knowledge = KNOWS_PROCESSES;
	return EXIT_DONE;
}

static enum exit_code start_proc(struct source *source)
{
	scan_look(&source->scan, SCAN_STEP_NS);
	return EXIT_DONE;
}

static bool read_proc(struct source *source, const struct lookup *lookup, struct snapshot *snapshot)
{
	scan_look(&source->scan, SCAN_STEP_NS);
	snapshot_time(snapshot);
	scan_read(&source->scan, lookup->processes, lookup->names, snapshot);
	return !source->scan.rows.failed;
}

const struct source_type source_proc = {
	.choice = SOURCE_PROC,
	.open = open_proc,
	.start = start_proc,
	.read = read_proc,
};
