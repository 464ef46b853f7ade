// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_ENABLE and VFIO_IOMMU_DISABLE.
 *
 * ENABLE charges the whole window at once to the process that will map, so that the
 * map requests of a guest, which are frequent here, need not; DISABLE gives it back.
 */
#include <linux/capability.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "spapr_tce.h"

/**
 * vfio_tce_enable - VFIO_IOMMU_ENABLE
 * @container: the container; it has a group
 *
 * Return: 0; -EBUSY if it is enabled already, -EPERM if by another process; -ENOMEM past
 * the locked-memory limit.
 */
int vfio_tce_enable(struct vfio_tce_container *container)
{
	int ret;

	if (container->mm)
		return container->mm == current->mm ? -EBUSY : -EPERM;
	container->mm = current->mm;
	container->pid = task_tgid_nr(current);
	container->ipc_lock = capable(CAP_IPC_LOCK);
	ret = vfio_tce_account(container, vfio_tce_window_pages(container));
	if (ret)
		container->mm = NULL;
	else
		mmgrab(container->mm);
	return ret;
}

/**
 * vfio_tce_disable - undo vfio_tce_enable()
 * @container: the container; does nothing if it is not enabled
 *
 * What is mapped goes first, since nothing may be pinned without a charge.
 */
void vfio_tce_disable(struct vfio_tce_container *container)
{
	if (!container->mm)
		return;
	vfio_tce_unmap_all(container, VFIO_CAUSE_ALL);
	vfio_tce_account(container, -(long)container->charged);
	mmdrop(container->mm);
	container->mm = NULL;
}
