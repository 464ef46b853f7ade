// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source iommufd: entry and exit of functions of the kernel's iommufd, on hosts without
 * VFIO's own containers.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "iommufd.h"
#include "iommufd.skel.h"
#include "privileges.h"
#include "source.h"
#include "tables.h"

#define KNOWN                                                                               \
	(KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_MAPPINGS | KNOWS_PINS | KNOWS_PROGRESS | \
	 KNOWS_CHARGES | KNOWS_TEARDOWNS | KNOWS_TEARDOWN_BYTES | KNOWS_OPENERS | KNOWS_MEMBERS)

static enum exit_code open_iommufd(struct source *source, const struct collect_options *options)
{
	struct iommufd_bpf *skel;
	enum exit_code code;

	if (!privileges_for_module_types()) {
		complain("cannot attach to iommufd: not permitted; run it as root, or with "
			 "CAP_SYS_ADMIN");
		return EXIT_NO_PRIVILEGE;
	}
	if (!iommufd_loaded()) {
		complain("cannot watch iommufd: it is not loaded; load the module iommufd");
		return EXIT_NO_EVENTS;
	}
	skel = iommufd_bpf__open_opts(programs_options());
	if (!skel)
		return programs_refused("open the BPF programs", -errno);
	source->programs = (struct programs){ PROGRAMS(skel) };
	source->settings = (struct table_settings)TABLE_SETTINGS(skel);
	code = iommufd_choose(skel, TABLES_IN_FLIGHT, true, options);
	if (code != EXIT_DONE)
		return code;
	strcpy(source->method, "fentry");
	source->knowledge = KNOWN;
	source->with_iommufd = true;
	if (skel->rodata->has_phases)
		source->knowledge |= KNOWS_PHASES | KNOWS_RUNS;
	if (bpf_program__autoload(skel->progs.iommufd_bind))
		source->knowledge |= KNOWS_DEVICE_OPENS;
	if (bpf_program__autoload(skel->progs.device_file_release))
		source->knowledge |= KNOWS_DEVICE_CLOSES;
	if (bpf_program__autoload(skel->progs.group_file_open))
		source->knowledge |= KNOWS_GROUP_OPENS;
	if (bpf_program__autoload(skel->progs.group_file_release))
		source->knowledge |= KNOWS_GROUP_CLOSES;
	return EXIT_DONE;
}

const struct source_type source_iommufd = {
	.choice = SOURCE_IOMMUFD,
	.feature = "fentry",
	.needs_bpf = true,
	.lost = offsetof(typeof(*((struct iommufd_bpf *)0)->bss), lost),
	.open = open_iommufd,
	.attach = tables_attach,
	.start = tables_start,
	.read = tables_read,
	.close = tables_close,
};
