// SPDX-License-Identifier: GPL-2.0-only
#include "hooks.h"

#include <string.h>

#include "snapshot.h"

#define KNOWS_REMOVALS                                                                          \
	(KNOWS_PINS | KNOWS_MAPPINGS | KNOWS_CHARGES | KNOWS_TEARDOWNS | KNOWS_TEARDOWN_BYTES | \
	 KNOWS_UNPINS | KNOWS_RANGES)

static const struct hook stock[] = {
	{ .function = "vfio_fops_unl_ioctl",
	  .takes = "8 file 4 8",
	  .knowledge = KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_LIMIT | KNOWS_DIRTY_LOG,
	  .needed = true,
	  .tells = "maps, unmaps, their failures; the backend; the dirty log" },
	{ .function = "vfio_fops_release",
	  .takes = "- - file",
	  .needed = true,
	  .tells = "containers that close" },
	{ .function = "vfio_group_fops_unl_ioctl",
	  .takes = "8 file 4 8",
	  .knowledge = KNOWS_MEMBERS | KNOWS_DEVICE_OPENS,
	  .needed = true,
	  .tells = "groups attached; devices opened" },
	{ .function = "vfio_group_detach_container",
	  .takes = "- vfio_group",
	  .knowledge = KNOWS_TEARDOWNS | KNOWS_TEARDOWN_BYTES,
	  .needed = true,
	  .tells = "groups detached; teardowns" },
	{ .function = "vfio_remove_dma",
	  .takes = "- vfio_iommu vfio_dma",
	  .knowledge = KNOWS_REMOVALS,
	  .tells = "removed mappings, and their pages" },
	{ .function = "vfio_fops_open",
	  .takes = "4 - file",
	  .knowledge = KNOWS_OPENERS,
	  .tells = "who opens containers" },
	{ .function = "vfio_group_fops_open",
	  .takes = "4 inode -",
	  .knowledge = KNOWS_GROUP_OPENS,
	  .tells = "who opens groups, or is refused" },
	{ .function = "vfio_group_fops_release",
	  .takes = "- - file",
	  .knowledge = KNOWS_GROUP_CLOSES,
	  .tells = "groups that close" },
	{ .function = "vfio_device_fops_release",
	  .takes = "- - file",
	  .knowledge = KNOWS_DEVICE_CLOSES,
	  .tells = "devices that close" },
	{ .function = "vfio_device_fops_unl_ioctl",
	  .takes = "8 file 4 -",
	  .knowledge = KNOWS_RESETS,
	  .tells = "resets" },
	{ .function = "vfio_iommu_type1_pin_pages",
	  .takes = "4 * - - 4 - -",
	  .knowledge = KNOWS_PINS | KNOWS_UNPINS,
	  .tells = "pins for emulated devices" },
	{ .function = "vfio_iommu_type1_unpin_pages",
	  .takes = "- * - 4",
	  .knowledge = KNOWS_PINS | KNOWS_UNPINS,
	  .tells = "unpins for emulated devices" },
	{ .function = "vfio_pin_pages_remote",
	  .takes = "8 vfio_dma 8 - * - -",
	  .knowledge = KNOWS_RUNS | KNOWS_PROGRESS,
	  .tells = "runs and leaf sizes, as long as that is cheap; always with --runs" },
	{ .function = "vfio_unpin_pages_remote",
	  .takes = "8 - - - - -",
	  .knowledge = KNOWS_UNPINS,
	  .per_run = true,
	  .tells = "pages actually unpinned, with --runs" },
};

static const struct hook kprobes[] = {
	{ .function = "vfio_iommu_type1_ioctl",
	  .takes = "8 * 4 8",
	  .knowledge = KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_DIRTY_LOG,
	  .needed = true,
	  .tells = "maps, unmaps, their failures" },
	{ .function = "vfio_iommu_type1_release",
	  .takes = "- *",
	  .needed = true,
	  .tells = "containers that release their backend" },
	{ .function = "vfio_iommu_type1_open",
	  .takes = "* -",
	  .knowledge = KNOWS_MAPPINGS,
	  .tells = "containers that choose a backend" },
	{ .function = "vfio_remove_dma",
	  .takes = "- vfio_iommu -",
	  .knowledge = KNOWS_MAPPINGS | KNOWS_TEARDOWNS,
	  .tells = "removed mappings" },
	{ .function = "vfio_iommu_type1_detach_group",
	  .takes = "- * -",
	  .knowledge = KNOWS_TEARDOWNS,
	  .tells = "teardowns" },
};

const struct hooks hooks_stock = { stock, sizeof(stock) / sizeof(stock[0]) };
const struct hooks hooks_kprobes = { kprobes, sizeof(kprobes) / sizeof(kprobes[0]) };

const struct hook *hooks_find(const struct hooks *hooks, const char *function)
{
	for (size_t i = 0; i < hooks->n; i++)
		if (!strcmp(hooks->all[i].function, function))
			return &hooks->all[i];
	return NULL;
}

bool hook_exists(const struct hook *hook, const struct functions *functions)
{
	return functions->has(functions, hook->function, hook->takes);
}

const char *hooks_missing(const struct hooks *hooks, const struct functions *functions)
{
	for (size_t i = 0; i < hooks->n; i++)
		if (hooks->all[i].needed && !hook_exists(&hooks->all[i], functions))
			return hooks->all[i].function;
	return NULL;
}

unsigned int hooks_knowledge(const struct hooks *hooks, const struct functions *functions,
			     bool runs)
{
	unsigned int knowledge = 0, missing = 0;

	for (size_t i = 0; i < hooks->n; i++) {
		const struct hook *hook = &hooks->all[i];

		knowledge |= hook->knowledge;
		if ((hook->per_run && !runs) || !hook_exists(hook, functions))
			missing |= hook->knowledge;
	}
	return knowledge & ~missing;
}
