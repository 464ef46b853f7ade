// SPDX-License-Identifier: GPL-2.0-only
/* Locked-memory accounting. */
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "../limit.h"
#include "spapr_tce.h"
#include "vfio_events.h"

/**
 * vfio_tce_window_pages - pages of the window: the charge of one that is enabled
 * @container: the container; it has a group
 *
 * Return: how many.
 */
unsigned long vfio_tce_window_pages(const struct vfio_tce_container *container)
{
	return (container->table->it_size << container->table->it_page_shift) >> PAGE_SHIFT;
}

static void vfio_tce_account_trace(const struct vfio_tce_container *container, s64 pages, int ret)
{
	struct vfio_account_record record = {
		.container = container->ledger->id,
		.pages = pages,
		.charged = READ_ONCE(container->mm->locked_vm),
		.limit = vfio_limit_pages(rlimit(RLIMIT_MEMLOCK)),
		.pid = container->pid,
		.ret = ret,
		.ipc_lock = pages > 0 && container->ipc_lock,
	};

	trace_vfio_account(&record);
	trace_vfio_account_standalone(&record);
}

/**
 * vfio_tce_account - charge pages to the container's mm
 * @container: the container, enabled
 * @pages: how many; negative: give them back
 *
 * Return: 0 or -ENOMEM past the limit.
 */
int vfio_tce_account(struct vfio_tce_container *container, long pages)
{
	int ret = account_locked_vm(container->mm, abs(pages), pages > 0);

	if (!ret) {
		container->charged += pages;
		atomic64_add(pages, &container->ledger->charged);
	}
	if (vfio_watched())
		vfio_tce_account_trace(container, pages, ret);
	return ret;
}

/**
 * vfio_tce_charge_page - charge a page beyond those that ENABLE charged
 * @container: the container, enabled
 *
 * Return: 0 or -ENOMEM past the limit.
 */
int vfio_tce_charge_page(struct vfio_tce_container *container)
{
	return vfio_tce_account(container, 1);
}

/**
 * vfio_tce_refund_page - give back a charge that is not needed any more
 * @container: the container; a page of it was unpinned
 *
 * Does nothing as long as the window's charge covers what is pinned.
 */
void vfio_tce_refund_page(struct vfio_tce_container *container)
{
	if (container->charged > vfio_tce_window_pages(container))
		vfio_tce_account(container, -1);
}
