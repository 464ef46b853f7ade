// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source kprobes: functions of the kernel's own VFIO modules, without type information.
 * Groups, devices and processes come from /proc and /sys.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "functions.h"
#include "hooks.h"
#include "kprobes.skel.h"
#include "privileges.h"
#include "source.h"
#include "symbols.h"
#include "tables.h"
#include "types.h"

/* As the kernel reckons for a return probe that does not say how many. */
#define RETURNS_KEPT(cpus) (2 * (cpus) > 10 ? 2 * (cpus) : 10)

static enum exit_code open_programs(struct source *source, const struct functions *functions)
{
	const char *missing = hooks_missing(&hooks_kprobes, functions);
	struct bpf_program *prog;
	struct kprobes_bpf *skel;

	if (missing) {
		complain("cannot set kprobes: the loaded modules have no function %s; load the "
			 "kernel's own vfio_iommu_type1, or use --source=proc",
			 missing);
		return EXIT_NO_EVENTS;
	}
	skel = kprobes_bpf__open_opts(programs_options());
	if (!skel)
		return programs_refused("open the BPF programs", -errno);
	bpf_object__for_each_program(prog, skel->obj)
	{
		const char *function = strchr(bpf_program__section_name(prog), '/') + 1;

		bpf_program__set_autoload(
			prog, hook_exists(hooks_find(&hooks_kprobes, function), functions));
	}
	skel->rodata->returns_kept = RETURNS_KEPT(libbpf_num_possible_cpus());
	strcpy(source->method, "kprobe");
	strcpy(source->follows, "vfio_iommu_type1");
	source->knowledge = KNOWS_PROCESSES | hooks_knowledge(&hooks_kprobes, functions, false);
	source->programs = (struct programs){ PROGRAMS(skel) };
	source->settings = (struct table_settings)TABLE_SETTINGS(skel);
	return EXIT_DONE;
}

static enum exit_code open_kprobes(struct source *source, const struct collect_options *options)
{
	struct functions *functions =
		functions_kprobes() ? functions_by_symbol(options, types_running(), SYMBOLS_FILE)
				    : NULL;
	enum exit_code code;

	if (privileges_kernel_before(5, 12)) {
		complain("cannot set kprobes: this kernel is older than Linux 5.12, and its BPF "
			 "lacks the atomic operations that they need; use --source=iommu or "
			 "--source=proc");
		functions_free(functions);
		return EXIT_REFUSED;
	}
	if (!functions) {
		complain("cannot set kprobes: this kernel has none; use --source=iommu or "
			 "--source=proc");
		return EXIT_NO_EVENTS;
	}
	code = open_programs(source, functions);
	functions_free(functions);
	return code;
}

static enum exit_code start_kprobes(struct source *source)
{
	enum exit_code code = tables_start(source);

	if (code == EXIT_DONE)
		scan_look(&source->scan, SCAN_STEP_NS);
	return code;
}

static bool read_kprobes(struct source *source, const struct lookup *lookup,
			 struct snapshot *snapshot)
{
	scan_look(&source->scan, SCAN_STEP_NS);
	if (!tables_read_containers(source, lookup, snapshot))
		return false;
	scan_read(&source->scan, lookup->processes, lookup->names, snapshot);
	return !source->scan.rows.failed;
}

const struct source_type source_kprobes = {
	.choice = SOURCE_KPROBES,
	.feature = "kprobes",
	.needs_bpf = true,
	.lost = offsetof(typeof(*((struct kprobes_bpf *)0)->bss), lost),
	.missed = offsetof(typeof(*((struct kprobes_bpf *)0)->bss), missed),
	.open = open_kprobes,
	.attach = tables_attach,
	.start = start_kprobes,
	.read = read_kprobes,
	.close = tables_close,
};
