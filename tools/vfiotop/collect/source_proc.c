// SPDX-License-Identifier: GPL-2.0-only
#include "probe.h"
#include "source.h"

enum exit_code source_proc(const struct collect_options *options, struct source *source)
{
	enum exit_code code = probe_check_loaded();

	(void)options;
	if (code != EXIT_DONE)
		return code;
	*source = (struct source){
		.name = "proc",
		.knowledge = KNOWS_PROCESSES,
	};
	return EXIT_DONE;
}
