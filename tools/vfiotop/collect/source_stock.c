// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source stock: entry and exit of functions of the kernel's own VFIO modules.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "functions.h"
#include "hooks.h"
#include "privileges.h"
#include "source.h"
#include "stock.skel.h"
#include "tables.h"
#include "types.h"

/* What a program is attached to: the name after "fentry/" or "fexit/". */
static const char *function_of(const struct bpf_program *prog)
{
	return strchr(bpf_program__section_name(prog), '/') + 1;
}

/*
 * Leaves out what this kernel's modules do not have: the compiler may have inlined
 * or split a function, and then there is nothing to attach to.
 */
static void choose_programs(struct bpf_object *obj, const struct functions *functions, bool runs)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
	{
		const char *function = function_of(prog);
		bool wanted = runs || !hooks_find(&hooks_stock, function)->per_run;

		bpf_program__set_autoload(prog, wanted && functions->has(functions, function));
	}
}

static enum exit_code open_programs(struct source *source, const struct functions *functions,
				    const struct collect_options *options)
{
	const char *missing = hooks_missing(&hooks_stock, functions);
	struct stock_bpf *skel;

	if (missing) {
		complain("cannot watch the kernel's own VFIO modules: they have no function %s to "
			 "attach to; load this project's modules, or use --source=kprobes",
			 missing);
		return EXIT_NO_EVENTS;
	}
	skel = stock_bpf__open_opts(programs_options());
	if (!skel)
		return programs_refused("open the BPF programs", -errno);
	choose_programs(skel->obj, functions, options->runs);
	skel->rodata->count_runs = options->runs;
	skel->rodata->sees_removals = functions->has(functions, "vfio_remove_dma");
	bpf_map__set_max_entries(skel->maps.works, TABLES_IN_FLIGHT);
	strcpy(source->method, "fentry");
	source->knowledge = hooks_knowledge(&hooks_stock, functions, options->runs);
	source->programs = (struct programs){ PROGRAMS(skel) };
	source->settings = (struct table_settings)TABLE_SETTINGS(skel);
	return EXIT_DONE;
}

static enum exit_code open_stock(struct source *source, const struct collect_options *options)
{
	struct functions *functions;
	enum exit_code code;

	code = privileges_check_module_types();
	if (code != EXIT_DONE)
		return code;
	functions = functions_by_type(options, types_running());
	if (!functions) {
		complain("cannot attach to the kernel's own VFIO modules: the kernel, vfio or "
			 "vfio_iommu_type1 has no type information, or is not loaded; load this "
			 "project's modules");
		return EXIT_NO_BTF;
	}
	code = open_programs(source, functions, options);
	functions_free(functions);
	return code;
}

const struct source_type source_stock = {
	.choice = SOURCE_STOCK,
	.feature = "fentry",
	.needs_bpf = true,
	.lost = offsetof(typeof(*((struct stock_bpf *)0)->bss), lost),
	.open = open_stock,
	.attach = tables_attach,
	.start = tables_start,
	.read = tables_read,
	.close = tables_close,
};
