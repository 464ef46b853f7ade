// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "instrumented.skel.h"
#include "probe.h"
#include "source.h"

enum exit_code source_tracepoints(const struct collect_options *options, struct source *source)
{
	enum attach_method method = options->attach;
	enum exit_code code = probe_method(options, &method);
	struct instrumented *skel;
	struct bpf_program *prog;
	const char *wanted;

	if (code != EXIT_DONE)
		return code;
	skel = instrumented__open();
	if (!skel)
		return source_refused("open the BPF programs", -errno);
	wanted = method == ATTACH_TP_BTF ? "tp_btf/" : "raw_tp/";
	bpf_object__for_each_program(prog, skel->obj)
	{
		const char *section = bpf_program__section_name(prog);

		bpf_program__set_autoload(prog, strncmp(section, wanted, strlen(wanted)) == 0);
	}
	*source = (struct source){
		.name = "tracepoints",
		.attach = method == ATTACH_TP_BTF ? "tp_btf" : "raw_tp",
		.knowledge = KNOWS_ALL,
		SOURCE_PROGRAMS(skel),
	};
	return EXIT_DONE;
}
