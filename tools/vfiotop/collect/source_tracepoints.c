// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source tracepoints: those of this project's VFIO modules.
 */
#include "source_tracepoints.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privileges.h"
#include "source.h"
#include "tables.h"
#include "tracepoints.skel.h"
#include "types.h"

#define EVENT	   "vfio_dma_map"
#define TRACEFS	   "/sys/kernel/tracing/events/vfio/" EVENT
#define DEBUGFS	   "/sys/kernel/debug/tracing/events/vfio/" EVENT
#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

static bool is_typed(const struct collect_options *options)
{
	const struct types *types = collect_disabled(options, "types") ? NULL : types_running();

	return types && types_find(types, TYPES_EVENT, EVENT);
}

bool tracepoints_present(const struct collect_options *options)
{
	return !collect_disabled(options, "tracepoints") &&
	       (access(TRACEFS, F_OK) == 0 || access(DEBUGFS, F_OK) == 0 || is_typed(options));
}

/* Whether tracepoints would be seen. */
static bool may_look(void)
{
	const struct limits limits = privileges_limits();

	return limits.tracefs || limits.types;
}

/* Chooses how to attach. */
static enum exit_code choose_method(const struct collect_options *options, bool *typed)
{
	if (!tracepoints_present(options) && !may_look()) {
		complain("cannot see whether the loaded vfio module has tracepoints: there is "
			 "neither tracefs nor type information; mount -t tracefs none "
			 "/sys/kernel/tracing");
		return EXIT_NO_EVENTS;
	}
	if (!tracepoints_present(options)) {
		complain("nothing to watch: the loaded vfio module has no tracepoints; use "
			 "--source=stock");
		return EXIT_NO_EVENTS;
	}
	*typed = is_typed(options);
	if (options->attach == ATTACH_TP_BTF && !*typed) {
		complain("cannot attach with tp_btf: %s has no type information; use "
			 "--attach=raw_tp",
			 access(KERNEL_BTF, R_OK) ? "the kernel" : "the vfio module");
		return EXIT_NO_BTF;
	}
	if (options->attach == ATTACH_AUTO)
		*typed = *typed && privileges_for_module_types();
	else
		*typed = options->attach == ATTACH_TP_BTF;
	return EXIT_DONE;
}

static const char *event_of(const struct bpf_program *prog)
{
	return strchr(bpf_program__section_name(prog), '/') + 1;
}

/* Without types the folders of tracepoints tell, as far as they can be seen. */
static bool exists(const char *event, bool typed)
{
	char path[128];

	if (typed)
		return types_find(types_running(), TYPES_EVENT, event);
	if (access(TRACEFS, F_OK))
		return true;
	snprintf(path, sizeof(path), "%s/../%s", TRACEFS, event);
	return access(path, F_OK) == 0;
}

/* Without it, all that is not known is whether pages were unpinned twice. */
#define LATER_EVENT "vfio_dma_excess"

/* Chooses the programs, and returns an event that they need and modules of another version lack. */
static const char *choose_programs(struct bpf_object *obj, bool typed)
{
	const char *wanted = typed ? "tp_btf/" : "raw_tp/", *missing = NULL;
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
	{
		const char *section = bpf_program__section_name(prog);
		bool load = strncmp(section, wanted, strlen(wanted)) == 0;

		if (load && !exists(event_of(prog), typed)) {
			if (strcmp(event_of(prog), LATER_EVENT))
				missing = event_of(prog);
			load = false;
		}
		bpf_program__set_autoload(prog, load);
	}
	return missing;
}

static enum exit_code open_tracepoints(struct source *source, const struct collect_options *options)
{
	struct tracepoints_bpf *skel;
	enum exit_code code;
	const char *missing;
	bool typed;

	code = choose_method(options, &typed);
	if (code != EXIT_DONE)
		return code;
	skel = tracepoints_bpf__open_opts(programs_options());
	if (!skel)
		return programs_refused("open the BPF programs", -errno);
	missing = choose_programs(skel->obj, typed);
	if (missing) {
		complain("cannot watch the loaded vfio module: it is of another version, without "
			 "the tracepoint %s; load the one that is installed, see --info",
			 missing);
		tracepoints_bpf__destroy(skel);
		return EXIT_NO_EVENTS;
	}
	strcpy(source->method, attach_names[typed ? ATTACH_TP_BTF : ATTACH_RAW_TP]);
	source->knowledge = KNOWS_ALL;
	source->programs = (struct programs){ PROGRAMS(skel) };
	source->settings = (struct table_settings)TABLE_SETTINGS(skel);
	return EXIT_DONE;
}

const struct source_type source_tracepoints = {
	.choice = SOURCE_TRACEPOINTS,
	.feature = "tracepoints",
	.needs_bpf = true,
	.lost = offsetof(typeof(*((struct tracepoints_bpf *)0)->bss), lost),
	.kept = offsetof(typeof(*((struct tracepoints_bpf *)0)->bss), pages_kept),
	.open = open_tracepoints,
	.attach = tables_attach,
	.start = tables_start,
	.read = tables_read,
	.close = tables_close,
};
