// SPDX-License-Identifier: GPL-2.0-only
#include "hooks.h"

#include <string.h>

#include "snapshot.h"

static const struct hook hooks[] = {
	{ "vfio_fops_unl_ioctl", 0, false, "maps, unmaps, their failures; the backend" },
	{ "vfio_remove_dma", KNOWS_PINS, false, "mappings that end, and their pages" },
	{ "vfio_fops_open", 0, false, "containers that open" },
	{ "vfio_fops_release", 0, false, "containers that close" },
	{ "vfio_group_fops_open", 0, false, "who opens groups, and is refused" },
	{ "vfio_group_fops_release", 0, false, "groups that close" },
	{ "vfio_group_fops_unl_ioctl", 0, false, "groups attached; devices opened" },
	{ "vfio_group_detach_container", 0, false, "groups detached; teardowns" },
	{ "vfio_device_fops_release", 0, false, "devices that close" },
	{ "vfio_device_fops_unl_ioctl", 0, false, "resets" },
	{ "vfio_iommu_type1_pin_pages", 0, false, "pins for emulated devices" },
	{ "vfio_iommu_type1_unpin_pages", 0, false, "the end of these" },
	{ "vfio_pin_pages_remote", KNOWS_RUNS | KNOWS_PROGRESS, true,
	  "runs and leaf sizes, with --runs" },
	{ "vfio_unpin_pages_remote", KNOWS_UNPINS, true,
	  "pages that are really unpinned, with --runs" },
};

#define N_HOOKS (sizeof(hooks) / sizeof(hooks[0]))

const struct hook *hooks_next(const struct hook *previous)
{
	const struct hook *next = previous ? previous + 1 : hooks;

	return next < hooks + N_HOOKS ? next : NULL;
}

const struct hook *hooks_find(const char *function)
{
	const struct hook *hook = NULL;

	while ((hook = hooks_next(hook)))
		if (!strcmp(hook->function, function))
			break;
	return hook;
}

const char *hooks_missing(hook_there *there, const void *context)
{
	const struct hook *hook = NULL;

	while ((hook = hooks_next(hook)))
		if (!hook->per_run && !there(context, hook->function))
			return hook->function;
	return NULL;
}

unsigned int hooks_knowledge(hook_there *there, const void *context, bool runs)
{
	const struct hook *hook = NULL;
	unsigned int knowledge = 0;

	while ((hook = hooks_next(hook)))
		if ((runs || !hook->per_run) && there(context, hook->function))
			knowledge |= hook->knowledge;
	return knowledge;
}
