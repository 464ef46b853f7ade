// SPDX-License-Identifier: GPL-2.0-only
#include "collect.h"

#include <stdio.h>
#include <stdlib.h>

#include "clean.h"
#include "modules.h"
#include "pci.h"
#include "privileges.h"
#include "proc.h"
#include "processes.h"
#include "sources.h"

struct collector {
	struct source source;
	uint64_t generation; /* of the module that the programs are in */
	struct processes *processes;
	struct pci_names *names;
	struct snapshot snapshot;
};

/* --- Start and stop ------------------------------------------------------------------ */

static enum exit_code start_on(struct collector *c, const struct source_type *type,
			       const struct collect_options *options)
{
	enum exit_code code = source_open(&c->source, type, options);

	if (code == EXIT_DONE && c->source.follows)
		c->generation = module_generation(c->source.follows);
	if (code == EXIT_DONE)
		code = type->attach(&c->source, options);
	if (code != EXIT_DONE)
		source_close(&c->source);
	return code;
}

/* Whether another source may do better than one that ended so. */
static bool is_of_source(enum exit_code code)
{
	return code == EXIT_NO_EVENTS || code == EXIT_NO_BTF || code == EXIT_NO_PRIVILEGE ||
	       code == EXIT_REFUSED;
}

/* The best source that works, or the one that was asked for. */
static enum exit_code start_somewhere(struct collector *c, const struct collect_options *options)
{
	const struct source_type *type = NULL;
	enum exit_code code = EXIT_FAILED;
	char why[COMPLAINT_SIZE] = "";

	while ((type = sources_next(type))) {
		if (!source_wanted(type, options))
			continue;
		complaint_hold();
		code = start_on(c, type, options);
		complaint_release(why);
		if (code == EXIT_DONE)
			return EXIT_DONE;
		if (!is_of_source(code))
			break;
		if (options->debug)
			fprintf(stderr, "vfiotop: not %s: %s\n", source_names[type->choice], why);
	}
	complain("%s", why);
	return code;
}

static enum exit_code start(struct collector *c, const struct collect_options *options)
{
	enum exit_code code;

	programs_debug(options->debug);
	privileges_raise();
	code = start_somewhere(c, options);
	privileges_drop(c->source.knowledge & KNOWS_PROCESSES);
	if (code != EXIT_DONE)
		return code;
	/* Without events there are no numbers of processes but those of /proc itself. */
	c->processes = processes_new(!c->source.type->needs_bpf || proc_usable());
	c->names = pci_names_new();
	if (c->processes)
		return EXIT_DONE;
	complain("cannot watch VFIO: not enough memory; free some");
	return EXIT_FAILED;
}

enum exit_code collect_start(const struct collect_options *options, struct collector **collector)
{
	struct collector *c = calloc(1, sizeof(*c));
	enum exit_code code;

	*collector = NULL;
	if (!c) {
		complain("cannot watch VFIO: not enough memory; free some");
		return EXIT_FAILED;
	}
	code = start(c, options);
	if (code == EXIT_DONE)
		*collector = c;
	else
		collect_stop(c);
	return code;
}

void collect_stop(struct collector *c)
{
	if (!c)
		return;
	source_close(&c->source);
	processes_free(c->processes);
	pci_names_free(c->names);
	free(c);
}

bool collect_cut_off(const struct collector *c)
{
	return c->source.follows && module_generation(c->source.follows) != c->generation;
}

bool collect_needs_privilege(const struct collect_options *options)
{
	const struct source_type *type = NULL;

	while ((type = sources_next(type)))
		if (source_wanted(type, options) && !type->needs_bpf)
			return false;
	return true;
}

/* --- Snapshots ----------------------------------------------------------------------- */

const struct snapshot *collect_snapshot(struct collector *c)
{
	const struct lookup lookup = { c->processes, c->names };
	struct snapshot *s = &c->snapshot;
	bool complete;

	*s = (struct snapshot){
		.source = source_names[c->source.type->choice],
		.attach = c->source.method,
		.knowledge = c->source.knowledge,
	};
	complete = c->source.type->read(&c->source, &lookup, s);
	if (processes_next(c->processes) && complete) {
		clean_snapshot(s);
		return s;
	}
	complain("cannot read the figures: not enough memory; free some");
	return NULL;
}

bool collect_busy(const struct collector *c)
{
	return c->source.scan.look;
}

void collect_work(struct collector *c)
{
	scan_continue(&c->source.scan, SCAN_STEP_NS);
}

const struct snapshot *collect_nothing(const char *missing)
{
	static struct snapshot nothing;

	snapshot_time(&nothing);
	nothing.missing = missing;
	return &nothing;
}
