// SPDX-License-Identifier: GPL-2.0-only
#include "sources.h"

#include <bpf/libbpf.h>

#include <stdio.h>

#include "modules.h"
#include "privileges.h"

static const struct source_type *const sources[] = {
	&source_tracepoints, &source_stock, &source_iommufd, &source_kprobes, &source_iommu,
	&source_proc,	     NULL,
};

const struct source_type *sources_next(const struct source_type *previous)
{
	const struct source_type *const *next = sources;

	while (previous && *next++ != previous)
		;
	return *next;
}

const struct source_type *sources_find(enum source_choice choice)
{
	const struct source_type *const *type = sources;

	while (*type && (*type)->choice != choice)
		type++;
	return *type;
}

bool source_wanted(const struct source_type *type, const struct collect_options *options)
{
	if (options->source != SOURCE_AUTO)
		return type->choice == options->source;
	/* How to attach is a question of tracepoints. */
	return options->attach == ATTACH_AUTO || type->choice == SOURCE_TRACEPOINTS;
}

static bool is_disabled(const struct source_type *type, const struct collect_options *options)
{
	return (type->feature && collect_disabled(options, type->feature)) ||
	       (type->needs_bpf && collect_disabled(options, "bpf"));
}

enum exit_code source_open(struct source *source, const struct source_type *type,
			   const struct collect_options *options)
{
	enum exit_code code = EXIT_DONE;

	*source = (struct source){ .type = type, .handles = handles_none() };
	if (is_disabled(type, options)) {
		complain("cannot use the source %s: --disable-feature excludes it; remove that "
			 "option",
			 source_names[type->choice]);
		return EXIT_NO_EVENTS;
	}
	if (type->needs_bpf)
		code = privileges_check();
	if (code == EXIT_DONE)
		code = modules_check();
	return code == EXIT_DONE ? type->open(source, options) : code;
}

static enum exit_code attach_one(struct source *source, const struct source_type *type,
				 const struct collect_options *options, uint64_t *generation)
{
	enum exit_code code = source_open(source, type, options);

	if (code == EXIT_DONE && source->follows[0])
		*generation = module_generation(source->follows);
	if (code == EXIT_DONE && type->attach)
		code = type->attach(source, options);
	if (code != EXIT_DONE)
		source_close(source);
	return code;
}

/* Whether another source may do better than one that ended so. */
static bool is_of_source(enum exit_code code)
{
	return code == EXIT_NO_EVENTS || code == EXIT_NO_BTF || code == EXIT_NO_PRIVILEGE ||
	       code == EXIT_REFUSED;
}

enum exit_code sources_attach(struct source *source, const struct collect_options *options,
			      uint64_t *generation)
{
	const struct source_type *type = NULL;
	enum exit_code code = EXIT_FAILED;
	unsigned int refused = 0;
	char why[COMPLAINT_SIZE] = "", old[COMPLAINT_SIZE];
	const struct limits limits = privileges_limits();

	while ((type = sources_next(type))) {
		if (!source_wanted(type, options))
			continue;
		complaint_hold();
		code = attach_one(source, type, options, generation);
		complaint_release(why);
		if (code == EXIT_DONE) {
			/* It works, but not in everything. */
			if (why[0])
				complain("%s", why);
			if (refused && refusal_of_kernel(&limits, old))
				complain("%s", old);
			source->refused = refused;
			return EXIT_DONE;
		}
		if (!is_of_source(code))
			break;
		/* Where there is nothing to attach to, nothing was refused. */
		refused += code != EXIT_NO_EVENTS;
		if (options->debug)
			fprintf(stderr, "vfiotop: not %s: %s\n", source_names[type->choice], why);
	}
	complain("%s", why);
	return code;
}

void source_close(struct source *source)
{
	if (source->type && source->type->close)
		source->type->close(source);
	scan_free(&source->scan);
	bpf_link__destroy(source->host_pins);
	programs_close(&source->census);
	programs_close(&source->census_iommufd);
	programs_close(&source->iommufd);
	programs_close(&source->programs);
	*source = (struct source){ .handles = handles_none() };
}
