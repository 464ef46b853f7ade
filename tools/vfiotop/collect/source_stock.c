// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "hooks.h"
#include "probe.h"
#include "source.h"
#include "stock.skel.h"

/* What a program is attached to: the name after "fentry/" or "fexit/". */
static const char *function_of(const struct bpf_program *prog)
{
	return strchr(bpf_program__section_name(prog), '/') + 1;
}

/*
 * Leaves out what this kernel's modules do not have: the compiler may have inlined
 * or split a function, and then there is nothing to attach to.
 */
static void choose_programs(struct bpf_object *obj, const struct probe_functions *functions,
			    bool runs)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
	{
		const char *function = function_of(prog);
		bool wanted = runs || !hooks_find(&hooks_stock, function)->per_run;

		bpf_program__set_autoload(prog, wanted && probe_has_function(functions, function));
	}
}

static enum exit_code open_programs(const struct collect_options *options,
				    const struct probe_functions *functions, struct source *source)
{
	const char *missing = hooks_missing(&hooks_stock, probe_has_function, functions);
	struct stock *skel;

	if (missing) {
		complain("cannot watch stock modules: they have no function %s that can be "
			 "attached to; load this project's modules, or use --source=kprobes",
			 missing);
		return EXIT_NO_EVENTS;
	}
	skel = stock__open();
	if (!skel)
		return source_refused("open the BPF programs", -errno);
	choose_programs(skel->obj, functions, options->runs);
	skel->rodata->count_runs = options->runs;
	skel->rodata->sees_removals = probe_has_function(functions, "vfio_remove_dma");
	bpf_map__set_max_entries(skel->maps.works, SOURCE_FLIGHTS);
	*source = (struct source){
		.name = "stock",
		.attach = "fentry",
		.knowledge =
			hooks_knowledge(&hooks_stock, probe_has_function, functions, options->runs),
		SOURCE_PROGRAMS(skel),
	};
	return EXIT_DONE;
}

enum exit_code source_stock(const struct collect_options *options, struct source *source)
{
	struct probe_functions *functions;
	enum exit_code code = probe_stock(options, &functions);

	if (code != EXIT_DONE)
		return code;
	code = open_programs(options, functions, source);
	probe_functions_free(functions);
	return code;
}
