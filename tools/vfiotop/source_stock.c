// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "probe.h"
#include "source.h"
#include "stock.skel.h"

/* Programs that look at each run, and all others. */
static bool per_run(const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);

	return !strcmp(name, "stock_pin_run") || !strcmp(name, "stock_unpin_run");
}

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
		bool wanted = runs || !per_run(prog);

		bpf_program__set_autoload(
			prog, wanted && probe_has_function(functions, function_of(prog)));
	}
}

enum exit_code source_stock(const struct collect_options *options, struct source *source)
{
	struct probe_functions *functions;
	enum exit_code code = probe_stock(&functions);
	struct stock *skel;

	if (code != EXIT_DONE)
		return code;
	skel = stock__open();
	if (!skel) {
		probe_functions_free(functions);
		return source_refused("open the BPF programs", -errno);
	}
	choose_programs(skel->obj, functions, options->runs);
	probe_functions_free(functions);
	skel->rodata->count_runs = options->runs;
	bpf_map__set_max_entries(skel->maps.works, SOURCE_FLIGHTS);
	*source = (struct source){
		.name = "stock",
		.attach = "fentry",
		.knowledge = KNOWS_PINS |
			     (options->runs ? KNOWS_RUNS | KNOWS_PROGRESS | KNOWS_UNPINS : 0),
		.memory = skel,
		.skeleton = skel->skeleton,
		.obj = skel->obj,
		.container_bits = (volatile uint32_t *)&skel->rodata->container_bits,
		.flight_mask = (volatile uint32_t *)&skel->rodata->flight_mask,
		.watching = (volatile uint32_t *)&skel->bss->watching,
		.lost = (uint64_t *)skel->bss->lost,
	};
	return EXIT_DONE;
}
