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

/* What programs learn there is what the ioctls of iommufd are asked. */
static const struct hook kprobes_iommufd[] = {
	{ .function = "iommufd_fops_ioctl",
	  .takes = "8 file 4 8",
	  .knowledge = KNOWS_CONTAINERS | KNOWS_REQUESTS,
	  .needed = true,
	  .tells = "iommufd: maps, unmaps, their failures; IOASes" },
	{ .function = "iommufd_fops_release",
	  .takes = "- - file",
	  .needed = true,
	  .tells = "iommufd: contexts that close" },
	{ .function = "iopt_map_user_pages",
	  .takes = "-",
	  .knowledge = KNOWS_MAPPINGS,
	  .tells = "iommufd: maps that are done, although they fail" },
	{ .function = "iopt_area_unfill_domains",
	  .takes = "-",
	  .knowledge = KNOWS_MAPPINGS | KNOWS_TEARDOWNS,
	  .tells = "iommufd: removed mappings" },
	{ .function = "iopt_cut_iova",
	  .takes = "-",
	  .knowledge = KNOWS_MAPPINGS,
	  .tells = "iommufd: mappings that are cut in pieces" },
	{ .function = "iommufd_object_finalize",
	  .takes = "- * iommufd_object",
	  .knowledge = KNOWS_TEARDOWNS,
	  .tells = "iommufd: which IOAS is which" },
	{ .function = "iommufd_ioas_destroy",
	  .takes = "- iommufd_object",
	  .knowledge = KNOWS_TEARDOWNS,
	  .tells = "iommufd: teardowns" },
};

/* Without one that is needed, pins or mappings would not add up. */
static const struct hook iommufd[] = {
	{ .function = "iommufd_object_finalize",
	  .takes = "- iommufd_ctx iommufd_object",
	  .needed = true,
	  .tells = "IOASes that are made" },
	{ .function = "iommufd_fops_release",
	  .takes = "- - file",
	  .needed = true,
	  .tells = "contexts that close" },
	{ .function = "iommufd_ioas_map",
	  .takes = "4 iommufd_ucmd",
	  .needed = true,
	  .tells = "maps, and their failures" },
	{ .function = "iommufd_ioas_map_file",
	  .takes = "4 iommufd_ucmd",
	  .tells = "maps of files" },
	{ .function = "iommufd_ioas_copy",
	  .takes = "4 iommufd_ucmd",
	  .needed = true,
	  .tells = "copies of mappings" },
	{ .function = "iommufd_ioas_unmap",
	  .takes = "4 iommufd_ucmd",
	  .needed = true,
	  .tells = "unmaps, and their failures" },
	{ .function = "iommufd_ioas_destroy",
	  .takes = "- iommufd_object",
	  .needed = true,
	  .tells = "IOASes that end; teardowns" },
	{ .function = "iommufd_vfio_ioctl",
	  .takes = "4 iommufd_ctx 4 8",
	  .tells = "maps and unmaps by requests of VFIO" },
	{ .function = "iommufd_access_pin_pages",
	  .takes = "- iommufd_access",
	  .tells = "pins by drivers in the kernel" },
	{ .function = "iommufd_access_unpin_pages",
	  .takes = "- iommufd_access",
	  .tells = "unpins by these" },
	{ .function = "iommufd_access_rw",
	  .takes = "- iommufd_access",
	  .tells = "pages that these read and write" },
	{ .function = "do_update_pinned",
	  .later = "iopt_pages_update_pinned",
	  .takes = "4 iopt_pages 8 1 *",
	  .needed = true,
	  .tells = "pages pinned and unpinned; charges" },
	{ .function = "iopt_get_pages",
	  .takes = "4 io_pagetable 8 8 list_head",
	  .needed = true,
	  .tells = "what copies are of" },
	{ .function = "iopt_table_add_domain",
	  .takes = "- io_pagetable",
	  .needed = true,
	  .tells = "devices that come to an IOAS" },
	{ .function = "iopt_table_remove_domain",
	  .takes = "- io_pagetable",
	  .needed = true,
	  .tells = "devices that leave one" },
	{ .function = "iopt_area_unfill_domains",
	  .takes = "- iopt_area iopt_pages",
	  .needed = true,
	  .tells = "removed mappings" },
	{ .function = "iopt_area_unfill_domain",
	  .takes = "- iopt_area iopt_pages",
	  .needed = true,
	  .tells = "mappings whose last device leaves" },
	{ .function = "iopt_cut_iova",
	  .takes = "- io_pagetable",
	  .needed = true,
	  .tells = "mappings that are cut in pieces" },
	{ .function = "vfio_df_ioctl_bind_iommufd",
	  .takes = "8 vfio_device_file *",
	  .tells = "devices opened" },
	{ .function = "vfio_iommufd_compat_attach_ioas",
	  .takes = "4 vfio_device *",
	  .tells = "devices of groups that have a context as container" },
	{ .function = "vfio_df_ioctl_attach_pt",
	  .takes = "4 vfio_device_file *",
	  .tells = "which IOAS a device is attached to" },
	{ .function = "vfio_df_ioctl_detach_pt",
	  .takes = "4 vfio_device_file *",
	  .tells = "devices detached" },
	{ .function = "vfio_group_fops_open",
	  .takes = "4 inode -",
	  .alone = true,
	  .tells = "who opens groups, or is refused" },
	{ .function = "vfio_group_fops_release",
	  .takes = "- - file",
	  .alone = true,
	  .tells = "groups that close" },
	{ .function = "vfio_group_fops_unl_ioctl",
	  .takes = "8 file 4 8",
	  .alone = true,
	  .tells = "devices opened by their group" },
	{ .function = "vfio_device_fops_release",
	  .takes = "- - file",
	  .alone = true,
	  .tells = "devices that close" },
	{ .function = "pfn_reader_user_pin",
	  .takes = "-",
	  .per_run = true,
	  .tells = "time spent pinning, with --runs" },
	{ .function = "batch_to_domain",
	  .takes = "4 pfn_batch iommu_domain iopt_area 8",
	  .per_run = true,
	  .tells = "time in the IOMMU driver, runs and leaf sizes, with --runs" },
};

const struct hooks hooks_stock = { stock, sizeof(stock) / sizeof(stock[0]) };
const struct hooks hooks_kprobes = { kprobes, sizeof(kprobes) / sizeof(kprobes[0]) };
const struct hooks hooks_kprobes_iommufd = { kprobes_iommufd,
					     sizeof(kprobes_iommufd) / sizeof(kprobes_iommufd[0]) };
const struct hooks hooks_iommufd = { iommufd, sizeof(iommufd) / sizeof(iommufd[0]) };

const struct hook *hooks_find(const struct hooks *hooks, const char *function)
{
	for (size_t i = 0; i < hooks->n; i++)
		if (!strcmp(hooks->all[i].function, function) ||
		    (hooks->all[i].later && !strcmp(hooks->all[i].later, function)))
			return &hooks->all[i];
	return NULL;
}

const char *hook_name(const struct hook *hook, const struct functions *functions)
{
	if (functions->has(functions, hook->function, hook->takes))
		return hook->function;
	if (hook->later && functions->has(functions, hook->later, hook->takes))
		return hook->later;
	return NULL;
}

bool hook_exists(const struct hook *hook, const struct functions *functions)
{
	return hook_name(hook, functions);
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
