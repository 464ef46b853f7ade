// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaf sizes: into which IOMMU pages a mapping went.
 *
 * The IOMMU core maps each run with the largest page that its size and the
 * alignment of both addresses allow. The same rule, applied to the runs that a
 * mapping remembers, tells the leaves without asking the hardware.
 */
#include <linux/bitops.h>
#include <linux/module.h>

#include "type1.h"

bool vfio_disable_hugepages;
module_param_named(disable_hugepages, vfio_disable_hugepages, bool, 0644);
MODULE_PARM_DESC(disable_hugepages, "Map page by page, so that the IOMMU uses no superpages");

/* Takes the bytes at the front of a run that go into leaves of one size. */
static size_t vfio_leaf_bytes(unsigned long pgsizes, dma_addr_t iova, phys_addr_t paddr,
			      size_t size, unsigned int *shift)
{
	unsigned long fits, larger, next, head;

	/* No larger than the run, and both addresses are multiples of it. */
	fits = pgsizes & GENMASK(__fls(size), 0);
	if (iova | paddr)
		fits &= GENMASK(__ffs(iova | paddr), 0);
	*shift = __fls(fits);

	/* If the addresses agree up to the next size, that size takes over there. */
	larger = pgsizes & ~GENMASK(*shift, 0);
	if (!larger)
		return size & ~(BIT(*shift) - 1);
	next = BIT(__ffs(larger));
	head = -iova & (next - 1);
	if (!((iova ^ paddr) & (next - 1)) && head && head < size && size - head >= next)
		return head;
	return size & ~(BIT(*shift) - 1);
}

static void vfio_count_run(unsigned long pgsizes, dma_addr_t iova, phys_addr_t paddr, size_t size,
			   struct vfio_dma_map_record *record)
{
	/* A page, as most runs of memory in small pages are. */
	if (size == PAGE_SIZE) {
		record->leaf_bytes[PAGE_SHIFT - VFIO_LEAF_SHIFT_MIN] += size;
		record->leaf_mask |= BIT(PAGE_SHIFT - VFIO_LEAF_SHIFT_MIN);
		return;
	}
	while (size) {
		unsigned int shift, index;
		size_t bytes = vfio_leaf_bytes(pgsizes, iova, paddr, size, &shift);

		index = min_t(unsigned int, shift - VFIO_LEAF_SHIFT_MIN, VFIO_LEAF_SIZES - 1);
		record->leaf_bytes[index] += bytes;
		record->leaf_mask |= BIT(index);
		iova += bytes;
		paddr += bytes;
		size -= bytes;
	}
}

/**
 * vfio_count_leaves_of_runs - vfio_count_leaves() of more than a page
 * @pgsizes: page sizes that the IOMMU supports, PAGE_SIZE among them
 * @dma: the mapping
 * @record: gets leaf_bytes, leaf_mask and pgsizes
 */
void vfio_count_leaves_of_runs(unsigned long pgsizes, const struct vfio_dma *dma,
			       struct vfio_dma_map_record *record)
{
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	const struct vfio_run *run;
	dma_addr_t iova = dma->iova;

	record->pgsizes = dma->runs.count ? pgsizes : 0;
	if (vfio_disable_hugepages)
		pgsizes = PAGE_SIZE;
	memset(record->leaf_bytes, 0, sizeof(record->leaf_bytes));
	record->leaf_mask = 0;
	while ((run = vfio_runs_next(&iter))) {
		size_t size = vfio_run_size(run);

		vfio_count_run(pgsizes, iova, PFN_PHYS(vfio_run_pfn(run)), size, record);
		iova += size;
	}
}
