// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "hooks.h"
#include "kprobes.skel.h"
#include "probe.h"
#include "source.h"

static enum exit_code open_programs(const struct probe_symbols *symbols, struct source *source)
{
	const char *missing = hooks_missing(&hooks_kprobes, probe_has_symbol, symbols);
	struct bpf_program *prog;
	struct kprobes *skel;

	if (missing) {
		complain(
			"cannot set kprobes: the modules that are loaded have no function %s; load "
			"the distribution's vfio_iommu_type1, or use --source=proc",
			missing);
		return EXIT_NO_EVENTS;
	}
	skel = kprobes__open();
	if (!skel)
		return source_refused("open the BPF programs", -errno);
	bpf_object__for_each_program(prog, skel->obj)
	{
		const char *function = strchr(bpf_program__section_name(prog), '/') + 1;

		bpf_program__set_autoload(prog, probe_has_symbol(symbols, function));
	}
	*source = (struct source){
		.name = "kprobes",
		.attach = "kprobe",
		.follows = "vfio_iommu_type1",
		.knowledge = KNOWS_PROCESSES |
			     hooks_knowledge(&hooks_kprobes, probe_has_symbol, symbols, false),
		SOURCE_PROGRAMS(skel),
		.missed = (uint64_t *)&skel->bss->missed,
	};
	return EXIT_DONE;
}

enum exit_code source_kprobes(const struct collect_options *options, struct source *source)
{
	struct probe_symbols *symbols;
	enum exit_code code = probe_kprobes(options, &symbols);

	if (code != EXIT_DONE)
		return code;
	code = open_programs(symbols, source);
	probe_symbols_free(symbols);
	return code;
}
