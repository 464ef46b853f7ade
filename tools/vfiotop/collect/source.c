// SPDX-License-Identifier: GPL-2.0-only
#include "source.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "probe.h"

static const struct rung rungs[RUNGS] = {
	{ SOURCE_TRACEPOINTS, "tracepoints", "tracepoints", source_tracepoints },
	{ SOURCE_STOCK, "stock", "fentry", source_stock },
	{ SOURCE_KPROBES, "kprobes", "kprobes", source_kprobes },
	{ SOURCE_IOMMU, "iommu", "iommu", source_iommu },
	{ SOURCE_PROC, "proc", NULL, source_proc },
};

const struct rung *rungs_next(const struct rung *previous)
{
	const struct rung *next = previous ? previous + 1 : rungs;

	return next < rungs + RUNGS ? next : NULL;
}

bool rung_wanted(const struct rung *rung, const struct collect_options *options)
{
	if (options->source != SOURCE_AUTO)
		return rung->choice == options->source;
	/* How to attach is a question of tracepoints. */
	return options->attach == ATTACH_AUTO || rung->choice == SOURCE_TRACEPOINTS;
}

enum exit_code source_open(const struct rung *rung, const struct collect_options *options,
			   struct source *source)
{
	if (rung->feature &&
	    (collect_without(options, rung->feature) || collect_without(options, "bpf"))) {
		complain("cannot use the source %s: --disable-feature says so; leave that out",
			 rung->name);
		return EXIT_NO_EVENTS;
	}
	return rung->open(options, source);
}

void source_close(struct source *source)
{
	bpf_object__destroy_skeleton(source->skeleton);
	free(source->memory);
	*source = (struct source){ 0 };
}

enum exit_code source_refused(const char *what, int error)
{
	if (error == -EPERM) {
		complain("cannot %s: not permitted; run it as root, and check kernel lockdown and "
			 "container limits",
			 what);
		return EXIT_NO_PRIVILEGE;
	}
	complain("cannot %s: %s; --debug shows what the kernel said%s", what, strerror(-error),
		 probe_lockdown() == LOCKDOWN_UNKNOWN
			 ? ", and with securityfs mounted it can be seen whether it is locked down"
			 : "");
	return EXIT_REFUSED;
}
