// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "iommu.skel.h"
#include "probe.h"
#include "source.h"

enum exit_code source_iommu(const struct collect_options *options, struct source *source)
{
	enum exit_code code = probe_iommu();
	struct iommu *skel;

	(void)options;
	if (code != EXIT_DONE)
		return code;
	skel = iommu__open();
	if (!skel)
		return source_refused("open the BPF programs", -errno);
	*source = (struct source){
		.name = "iommu",
		.attach = "raw_tp",
		.knowledge = KNOWS_PROCESSES | KNOWS_IOMMU,
		SOURCE_PROGRAMS(skel),
	};
	return EXIT_DONE;
}
