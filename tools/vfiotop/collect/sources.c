// SPDX-License-Identifier: GPL-2.0-only
#include "sources.h"

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

	*source = (struct source){ .type = type };
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

void source_close(struct source *source)
{
	programs_detach(&source->programs);
	if (source->type && source->type->close)
		source->type->close(source);
	scan_free(&source->scan);
	programs_close(&source->programs);
	*source = (struct source){ 0 };
}
