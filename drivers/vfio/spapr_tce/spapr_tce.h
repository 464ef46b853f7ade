/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the SPAPR TCE backend, for the IOMMU of POWER machines.
 *
 * The IOMMU translates one DMA window of a group by a table with an entry (TCE) for
 * each IOMMU page. A container has one group, and so one table. Invariants:
 *
 * - An entry that translates is marked in @mapped, and counts as one user of the page
 *   that it translates to. A page with users is pinned once, whatever their number.
 * - No more pages are pinned than are charged: ENABLE charges as many as the window
 *   has bytes for, and a page beyond those, which is possible where pages are larger
 *   than IOMMU pages, is charged when it is pinned.
 * - Pages are released after their entry is gone and the IOMMU's caches are flushed.
 * - Everything here is under @lock, which a request holds from beginning to end.
 */
#ifndef VFIO_SPAPR_TCE_H
#define VFIO_SPAPR_TCE_H

#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include <asm/iommu.h>

#include "../vfio.h"
#include "vfio_records.h"

/**
 * struct vfio_tce_container - the SPAPR TCE state of one container
 * @ledger: what the container holds
 * @lock: protects everything below
 * @group: its group, or NULL
 * @table_group: the platform's side of @group
 * @table: the table of the DMA window; exists while there is a group
 * @mapped: a bit for each entry of @table that translates
 * @pages: users of each pinned page, by page frame number; see pages.c
 * @pinned: pages in @pages
 * @mm: who enabled the window, and may map; NULL: not enabled
 * @pid: thread group id of that process
 * @charged: pages charged to @mm
 * @ipc_lock: CAP_IPC_LOCK lifted the limit when the window was charged
 */
struct vfio_tce_container {
	struct vfio_ledger *ledger;
	struct mutex lock;
	struct iommu_group *group;
	struct iommu_table_group *table_group;
	struct iommu_table *table;
	unsigned long *mapped;
	struct xarray pages;
	unsigned long pinned;
	struct mm_struct *mm;
	pid_t pid;
	unsigned long charged;
	bool ipc_lock;
};

/* Bytes that one entry of the table translates. */
static inline u64 vfio_tce_size(const struct vfio_tce_container *container)
{
	return IOMMU_PAGE_SIZE(container->table);
}

/* account.c */
unsigned long vfio_tce_window_pages(const struct vfio_tce_container *container);
int vfio_tce_account(struct vfio_tce_container *container, long pages);
int vfio_tce_charge_page(struct vfio_tce_container *container);
void vfio_tce_refund_page(struct vfio_tce_container *container);

/* pages.c */
int vfio_tce_page_pin(struct vfio_tce_container *container, unsigned long vaddr, bool write,
		      unsigned long *hpa);
void vfio_tce_page_put(struct vfio_tce_container *container, unsigned long hpa);

/* map.c */
int vfio_tce_map(struct vfio_tce_container *container, const struct vfio_iommu_type1_dma_map *map);
int vfio_tce_unmap(struct vfio_tce_container *container,
		   const struct vfio_iommu_type1_dma_unmap *unmap);
void vfio_tce_unmap_all(struct vfio_tce_container *container, enum vfio_unmap_cause cause);

/* enable.c */
int vfio_tce_enable(struct vfio_tce_container *container);
void vfio_tce_disable(struct vfio_tce_container *container);

/* window.c */
int vfio_tce_attach_group(void *iommu_data, struct iommu_group *group, bool emulated);
void vfio_tce_detach_group(void *iommu_data, struct iommu_group *group, bool emulated);

/* ioctl.c */
long vfio_tce_ioctl(void *iommu_data, unsigned int cmd, unsigned long arg);

#endif /* VFIO_SPAPR_TCE_H */
