// SPDX-License-Identifier: GPL-2.0-only
#include "probe.h"
#include "source.h"

enum exit_code source_proc(const struct collect_options *options, struct source *source)
{
	(void)options;
	if (!probe_loaded()) {
		complain("nothing to watch: VFIO is not loaded; load the modules vfio, "
			 "vfio_iommu_type1 and vfio-pci first");
		return EXIT_NO_VFIO;
	}
	*source = (struct source){
		.name = "proc",
		.knowledge = KNOWS_PROCESSES,
	};
	return EXIT_DONE;
}
