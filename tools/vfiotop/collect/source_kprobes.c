// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source kprobes: functions of the kernel's own VFIO modules and of iommufd, without type
 * information.
 * Groups, devices and processes come from /proc and /sys.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "functions.h"
#include "hooks.h"
#include "iommufd.h"
#include "kprobes.skel.h"
#include "modules.h"
#include "privileges.h"
#include "source.h"
#include "symbols.h"
#include "tables.h"
#include "types.h"

#define BACKEND "vfio_iommu_type1"

/* As the kernel reckons for a return probe that does not say how many. */
#define RETURNS_KEPT(cpus) (2 * (cpus) > 10 ? 2 * (cpus) : 10)

/* What there is to attach to; NULL for what there is not, or that lacks a function. */
struct watched {
	const struct functions *type1;
	const struct functions *iommufd;
};

static bool is_watched(const struct watched *watched, const char *function)
{
	const struct hook *type1 = hooks_find(&hooks_kprobes, function);
	const struct hook *iommufd = hooks_find(&hooks_kprobes_iommufd, function);

	if (type1)
		return watched->type1 && hook_exists(type1, watched->type1);
	return watched->iommufd && hook_exists(iommufd, watched->iommufd);
}

/* What is known of both, and the dirty log, which is VFIO's alone. */
static unsigned int knowledge_of(const struct watched *watched)
{
	unsigned int type1 = 0, iommufd = 0;

	if (watched->type1)
		type1 = hooks_knowledge(&hooks_kprobes, watched->type1, false);
	if (watched->iommufd)
		iommufd = hooks_knowledge(&hooks_kprobes_iommufd, watched->iommufd, false);
	if (!watched->type1 || !watched->iommufd)
		return type1 | iommufd;
	return type1 & (iommufd | KNOWS_DIRTY_LOG);
}

static enum exit_code open_programs(struct source *source, const struct watched *watched)
{
	struct bpf_program *prog;
	struct kprobes_bpf *skel;

	skel = kprobes_bpf__open_opts(programs_options());
	if (!skel)
		return programs_refused("open the BPF programs", -errno);
	bpf_object__for_each_program(prog, skel->obj)
	{
		const char *function = strchr(bpf_program__section_name(prog), '/') + 1;

		bpf_program__set_autoload(prog, is_watched(watched, function));
	}
	skel->rodata->returns_kept = RETURNS_KEPT(libbpf_num_possible_cpus());
	skel->rodata->sees_destroy = is_watched(watched, "iommufd_ioas_destroy");
	strcpy(source->method, "kprobe");
	strcpy(source->follows, watched->type1 ? BACKEND : "iommufd");
	source->knowledge = KNOWS_PROCESSES | knowledge_of(watched);
	source->with_iommufd = watched->iommufd;
	source->programs = (struct programs){ PROGRAMS(skel) };
	source->settings = (struct table_settings)TABLE_SETTINGS(skel);
	return EXIT_DONE;
}

static enum exit_code open_with(struct source *source, const struct collect_options *options,
				const struct functions *type1, bool with_iommufd)
{
	const char *missing = hooks_missing(&hooks_kprobes, type1), *missing_too = NULL;
	struct watched watched = { .type1 = missing ? NULL : type1 };
	struct functions *iommufd = NULL;
	enum exit_code code;

	if (with_iommufd && iommufd_loaded())
		iommufd = functions_of_iommufd(options, types_running(), SYMBOLS_FILE, false);
	if (iommufd)
		missing_too = hooks_missing(&hooks_kprobes_iommufd, iommufd);
	if (iommufd && !missing_too)
		watched.iommufd = iommufd;
	/* A backend that cannot be watched must not go unnoticed for it. */
	if (watched.type1 || (watched.iommufd && !module_generation(BACKEND))) {
		code = open_programs(source, &watched);
	} else {
		complain("cannot set kprobes: the loaded modules have no function %s; load the "
			 "kernel's own vfio_iommu_type1, or use --source=proc",
			 missing);
		code = EXIT_NO_EVENTS;
	}
	if (missing_too)
		snprintf(source->no_iommufd, sizeof(source->no_iommufd),
			 "cannot watch iommufd: this kernel's has no function %s for a kprobe",
			 missing_too);
	if (iommufd)
		functions_free(iommufd);
	return code;
}

static enum exit_code open_kprobes_of(struct source *source, const struct collect_options *options,
				      bool with_iommufd)
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
	code = open_with(source, options, functions, with_iommufd);
	functions_free(functions);
	return code;
}

static enum exit_code open_kprobes(struct source *source, const struct collect_options *options)
{
	return open_kprobes_of(source, options, true);
}

/* Containers can be watched where iommufd cannot. */
static enum exit_code attach_kprobes(struct source *source, const struct collect_options *options)
{
	char why[COMPLAINT_SIZE];
	enum exit_code code;

	complaint_hold();
	code = tables_attach(source, options);
	complaint_release(why);
	if (code == EXIT_DONE)
		return code;
	complain("%s", why);
	if (!source->with_iommufd || strcmp(source->follows, BACKEND) != 0)
		return code;
	programs_close(&source->programs);
	code = open_kprobes_of(source, options, false);
	if (code == EXIT_DONE)
		code = tables_attach(source, options);
	memcpy(source->no_iommufd, why, sizeof(why));
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
	.attach = attach_kprobes,
	.start = start_kprobes,
	.read = read_kprobes,
	.close = tables_close,
};
