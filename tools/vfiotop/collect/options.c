// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include <string.h>

const char *const attach_names[ATTACH_METHODS + 1] = {
	[ATTACH_AUTO] = "auto",
	[ATTACH_TP_BTF] = "tp_btf",
	[ATTACH_RAW_TP] = "raw_tp",
};

const char *const source_names[SOURCES + 1] = {
	[SOURCE_AUTO] = "auto",	      [SOURCE_TRACEPOINTS] = "tracepoints",
	[SOURCE_STOCK] = "stock",     [SOURCE_IOMMUFD] = "iommufd",
	[SOURCE_KPROBES] = "kprobes", [SOURCE_IOMMU] = "iommu",
	[SOURCE_PROC] = "proc",
};

const char *const feature_names[] = { "tracepoints", "types", "fentry", "kprobes",
				      "iommu",	     "bpf",   NULL };

bool collect_disabled(const struct collect_options *options, const char *feature)
{
	for (size_t i = 0; i < options->n_disabled; i++)
		if (!strcmp(options->disabled[i], feature))
			return true;
	return false;
}
