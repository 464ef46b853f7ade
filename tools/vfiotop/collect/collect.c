// SPDX-License-Identifier: GPL-2.0-only
#include "collect.h"

#include <stdlib.h>

#include "clean.h"
#include "helper.h"
#include "iommufd.h"
#include "modules.h"
#include "pages.h"
#include "pci.h"
#include "privileges.h"
#include "proc.h"
#include "processes.h"
#include "sources.h"
#include "tables.h"

struct collector {
	struct source source;
	uint64_t generation; /* of the module that the programs are in */
	struct processes *processes;
	struct pci_names *names;
	struct snapshot snapshot;
};

/* --- Start and stop ------------------------------------------------------------------ */

static enum exit_code start(struct collector *c, struct helper *helper)
{
	struct source *source = &c->source;
	enum exit_code code = helper_attached(helper, source, &c->generation);

	if (code != EXIT_DONE)
		return code;
	privileges_keep_watching(true, source->knowledge & KNOWS_PROCESSES);
	code = source->type->start(source);
	if (code != EXIT_DONE)
		return code;
	/* Without events there are no numbers of processes but those of /proc itself. */
	c->processes = processes_new(!source->type->needs_bpf || proc_usable());
	c->names = pci_names_new();
	if (c->processes)
		return EXIT_DONE;
	complain("cannot watch VFIO: not enough memory; free some");
	return EXIT_FAILED;
}

enum exit_code collect_start(struct helper *helper, struct collector **collector)
{
	struct collector *c = calloc(1, sizeof(*c));
	enum exit_code code;

	*collector = NULL;
	if (!c) {
		complain("cannot watch VFIO: not enough memory; free some");
		return EXIT_FAILED;
	}
	code = start(c, helper);
	if (code == EXIT_DONE)
		*collector = c;
	else
		collect_stop(c);
	return code;
}

void collect_stop(struct collector *c)
{
	struct handles handles;

	if (!c)
		return;
	/* Its own: whoever attached has closed those that it had. */
	handles = c->source.handles;
	source_close(&c->source);
	handles_close(&handles);
	processes_free(c->processes);
	pci_names_free(c->names);
	free(c);
}

bool collect_crowded(const struct collector *c)
{
	return tables_crowded(&c->source);
}

void collect_keep_budget(struct collector *c)
{
	tables_keep_budget(&c->source);
}

bool collect_is_busy(const struct collector *c)
{
	return tables_are_busy(&c->source);
}

void collect_step(struct collector *c)
{
	tables_step(&c->source);
}

void collect_hurry(struct collector *c)
{
	tables_hurry(&c->source);
	scan_hurry(&c->source.scan);
}

bool collect_cut_off(const struct collector *c)
{
	return c->source.follows[0] && module_generation(c->source.follows) != c->generation;
}

bool collect_may_scan(const struct collect_options *options)
{
	return options->source != SOURCE_TRACEPOINTS && options->source != SOURCE_STOCK;
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

#define NOT_SEEN "iommufd is loaded, and this source does not see what is mapped through it"

const struct snapshot *collect_snapshot(struct collector *c)
{
	const struct lookup lookup = { c->processes, c->names };
	struct snapshot *s = &c->snapshot;
	bool complete;

	*s = (struct snapshot){
		.source = source_names[c->source.type->choice],
		.attach = c->source.method[0] ? c->source.method : NULL,
		.knowledge = c->source.knowledge,
		.iommufd_loaded = iommufd_loaded(),
		.sizes = *pages_sizes(),
		.watch = { .attach_known = true, .attach_failures = c->source.refused },
	};
	s->hugepages_known = modules_disable_hugepages(&s->hugepages_disabled);
	complete = c->source.type->read(&c->source, &lookup, s);
	if (s->iommufd_loaded && !s->iommufd)
		s->no_iommufd = c->source.no_iommufd[0] ? c->source.no_iommufd : NOT_SEEN;
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

/* --- Traced requests ----------------------------------------------------------------- */

int collect_trace_fd(const struct collector *c)
{
	return tables_traced_fd(&c->source);
}

const struct vt_traced_stack *collect_trace(struct collector *c, size_t *n)
{
	return tables_traced(&c->source, n);
}

uint64_t collect_trace_lost(const struct collector *c)
{
	return tables_traced_lost(&c->source);
}

unsigned int collect_knowledge(const struct collector *c)
{
	return c->source.knowledge;
}

const struct snapshot *collect_nothing(const char *missing)
{
	static struct snapshot nothing;

	snapshot_time(&nothing);
	nothing.missing = missing;
	return &nothing;
}
