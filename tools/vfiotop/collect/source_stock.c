// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source stock: entry and exit of functions of the kernel's own VFIO modules.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "functions.h"
#include "hooks.h"
#include "host_pins.h"
#include "pages.h"
#include "privileges.h"
#include "source.h"
#include "stock.skel.h"
#include "symbols.h"
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
		const struct hook *hook = hooks_find(&hooks_stock, function_of(prog));

		bpf_program__set_autoload(prog,
					  (runs || !hook->per_run) && hook_exists(hook, functions));
	}
}

static bool exists(const struct functions *functions, const char *function)
{
	return hook_exists(hooks_find(&hooks_stock, function), functions);
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
	skel->rodata->word_type = types_word(types_running()).type;
	skel->rodata->page_bytes = pages_sizes()->page;
	skel->rodata->count_runs = exists(functions, "vfio_pin_pages_remote");
	skel->rodata->runs_limited = !options->runs;
	skel->rodata->count_unpins = options->runs && exists(functions, "vfio_unpin_pages_remote");
	skel->rodata->sees_removals = exists(functions, "vfio_remove_dma");
	bpf_map__set_max_entries(skel->maps.works, TABLES_IN_FLIGHT);
	host_pins_prepare(skel->maps.pin_counters);
	strcpy(source->method, "fentry");
	source->knowledge = hooks_knowledge(&hooks_stock, functions, options->runs);
	source->programs = (struct programs){ PROGRAMS(skel) };
	source->settings = (struct table_settings)TABLE_SETTINGS(skel);
	return EXIT_DONE;
}

/* @symbols: or NULL, see functions_by_type() */
static enum exit_code open_with(struct source *source, const struct collect_options *options,
				const char *symbols)
{
	struct functions *functions = functions_by_type(options, types_running(), symbols);
	enum exit_code code;

	if (!functions && privileges_kernel_before(5, 11)) {
		complain("cannot attach to the kernel's own VFIO modules: this kernel is older "
			 "than Linux 5.11, and its modules have no type information; use "
			 "--source=iommu or --source=proc");
		return EXIT_NO_BTF;
	}
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

static enum exit_code open_stock(struct source *source, const struct collect_options *options)
{
	enum exit_code code = privileges_check_module_types();

	return code == EXIT_DONE ? open_with(source, options, options->exact ? SYMBOLS_FILE : NULL)
				 : code;
}

/* What fails may be a function that has no symbol: to look first would take time. */
static enum exit_code attach_stock(struct source *source, const struct collect_options *options)
{
	enum exit_code code = tables_attach(source, options);

	if (code == EXIT_DONE || options->exact)
		return code;
	programs_close(&source->programs);
	code = open_with(source, options, SYMBOLS_FILE);
	return code == EXIT_DONE ? tables_attach(source, options) : code;
}

const struct source_type source_stock = {
	.choice = SOURCE_STOCK,
	.feature = "fentry",
	.needs_bpf = true,
	.lost = offsetof(typeof(*((struct stock_bpf *)0)->bss), lost),
	.runs_over = offsetof(typeof(*((struct stock_bpf *)0)->bss), runs_over),
	.runs_program = "stock_pin_run",
	.kept = offsetof(typeof(*((struct stock_bpf *)0)->bss), pages_kept),
	.open = open_stock,
	.attach = attach_stock,
	.start = tables_start,
	.read = tables_read,
	.close = tables_close,
};
