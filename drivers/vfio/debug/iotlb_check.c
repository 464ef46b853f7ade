// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which tasks owe a flush of the IOTLB, and which pages are mapped; see iotlb_check.h.
 * A task that unmaps flushes before it does anything else, so few are here at a time.
 */
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "iotlb_check.h"

#undef iommu_map
#undef iommu_map_sg
#undef iommu_unmap_fast
#undef iommu_domain_free

#define VFIO_IOTLB_DUE_MAX 64

static struct task_struct *vfio_iotlb_due[VFIO_IOTLB_DUE_MAX];
static DEFINE_SPINLOCK(vfio_iotlb_lock);

/* Replaces the first @old by @new. Returns whether there was one. */
static bool vfio_iotlb_replace(struct task_struct *old, struct task_struct *new)
{
	bool found = false;
	int i;

	spin_lock(&vfio_iotlb_lock);
	for (i = 0; i < VFIO_IOTLB_DUE_MAX && !found; i++) {
		found = vfio_iotlb_due[i] == old;
		if (found)
			vfio_iotlb_due[i] = new;
	}
	spin_unlock(&vfio_iotlb_lock);
	return found;
}

void vfio_iotlb_flush_due(void)
{
	if (!vfio_iotlb_replace(current, current))
		WARN_ON_ONCE(!vfio_iotlb_replace(NULL, current));
}
EXPORT_SYMBOL_GPL(vfio_iotlb_flush_due);

void vfio_iotlb_flush_done(void)
{
	vfio_iotlb_replace(current, NULL);
}
EXPORT_SYMBOL_GPL(vfio_iotlb_flush_done);

void vfio_iotlb_check_unpin(void)
{
	WARN_ON_ONCE(vfio_iotlb_replace(current, current));
}
EXPORT_SYMBOL_GPL(vfio_iotlb_check_unpin);

/**
 * struct vfio_iotlb_domain - what a domain maps
 * @list: in vfio_iotlb_domains
 * @domain: the domain
 * @pfns: page frames, by page of the IOVA
 */
struct vfio_iotlb_domain {
	struct list_head list;
	struct iommu_domain *domain;
	struct xarray pfns;
};

/* All of this is under vfio_iotlb_domains_lock. */
static LIST_HEAD(vfio_iotlb_domains);
static DEFINE_MUTEX(vfio_iotlb_domains_lock);
/* How often a page frame is mapped, by its number. */
static DEFINE_XARRAY(vfio_iotlb_counts);

static struct vfio_iotlb_domain *vfio_iotlb_domain_find(struct iommu_domain *domain)
{
	struct vfio_iotlb_domain *found;

	list_for_each_entry(found, &vfio_iotlb_domains, list) {
		if (found->domain == domain)
			return found;
	}
	return NULL;
}

static struct vfio_iotlb_domain *vfio_iotlb_domain_add(struct iommu_domain *domain)
{
	struct vfio_iotlb_domain *new = kzalloc(sizeof(*new), GFP_NOWAIT);

	if (new) {
		new->domain = domain;
		xa_init(&new->pfns);
		list_add(&new->list, &vfio_iotlb_domains);
	}
	return new;
}

static void vfio_iotlb_count(unsigned long pfn, long by)
{
	void *entry = xa_load(&vfio_iotlb_counts, pfn);
	long count = (entry ? xa_to_value(entry) : 0) + by;

	if (count > 0)
		xa_store(&vfio_iotlb_counts, pfn, xa_mk_value(count), GFP_NOWAIT);
	else
		xa_erase(&vfio_iotlb_counts, pfn);
}

int vfio_iotlb_mapped(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr,
		      size_t size, int ret)
{
	struct vfio_iotlb_domain *d;
	unsigned long i;

	if (ret)
		return ret;
	mutex_lock(&vfio_iotlb_domains_lock);
	d = vfio_iotlb_domain_find(domain) ?: vfio_iotlb_domain_add(domain);
	for (i = 0; d && i < size >> PAGE_SHIFT; i++) {
		unsigned long pfn = PHYS_PFN(paddr) + i;

		if (!xa_err(xa_store(&d->pfns, (iova >> PAGE_SHIFT) + i, xa_mk_value(pfn),
				     GFP_NOWAIT)))
			vfio_iotlb_count(pfn, 1);
	}
	mutex_unlock(&vfio_iotlb_domains_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_iotlb_mapped);

ssize_t vfio_iotlb_mapped_sg(struct iommu_domain *domain, unsigned long iova,
			     struct scatterlist *sg, unsigned int nents, ssize_t ret)
{
	struct scatterlist *entry;
	unsigned int i;

	if (ret <= 0)
		return ret;
	for_each_sg(sg, entry, nents, i) {
		vfio_iotlb_mapped(domain, iova, sg_phys(entry), entry->length, 0);
		iova += entry->length;
	}
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_iotlb_mapped_sg);

void vfio_iotlb_unmapped(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	bool gone = size == SIZE_MAX;
	unsigned long index, last = gone ? ULONG_MAX : (iova + size - 1) >> PAGE_SHIFT;
	struct vfio_iotlb_domain *d;
	void *entry;

	if (!size)
		return;
	mutex_lock(&vfio_iotlb_domains_lock);
	d = vfio_iotlb_domain_find(domain);
	if (d) {
		xa_for_each_range(&d->pfns, index, entry, iova >> PAGE_SHIFT, last)
		{
			vfio_iotlb_count(xa_to_value(entry), -1);
			xa_erase(&d->pfns, index);
		}
		if (gone) {
			list_del(&d->list);
			xa_destroy(&d->pfns);
			kfree(d);
		}
	}
	mutex_unlock(&vfio_iotlb_domains_lock);
}
EXPORT_SYMBOL_GPL(vfio_iotlb_unmapped);

void vfio_iotlb_check_unpinned(struct page *page, unsigned long npages)
{
	unsigned long i, pfn = page_to_pfn(page);

	/* The zero page is mapped without being pinned. */
	for (i = 0; i < npages; i++) {
		if (xa_load(&vfio_iotlb_counts, pfn + i) && !is_zero_pfn(pfn + i))
			WARN_ON_ONCE(!folio_maybe_dma_pinned(page_folio(pfn_to_page(pfn + i))));
	}
}
EXPORT_SYMBOL_GPL(vfio_iotlb_check_unpinned);
