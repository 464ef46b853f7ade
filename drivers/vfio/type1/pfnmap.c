// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device memory: a BAR of one device as the DMA target of another.
 *
 * Such memory is not pinned; it may go at any time, when its device is closed,
 * reset or told to stop decoding. Then its owner removes it from the page
 * tables of the process, and the MMU notifier here removes it from the IOMMU
 * before that returns. The mapping stays, with a hole, until it is unmapped.
 *
 * A revocation holds no lock but vfio_iommu.revoke_lock and does not sleep. It
 * acts on mappings that are live; a mapping that is being built fails if, when
 * it would go live, anything has changed since its memory was looked up.
 */
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/slab.h>

#include "../compat.h"
#include "type1.h"

/* Pages looked up in one go under the mmap lock. */
#define VFIO_PFNMAP_BATCH 512UL

/**
 * struct vfio_pfnmap - the device memory of one mapping
 * @notifier: tells of changes to the mapping's user addresses
 * @iommu: the container
 * @dma: the mapping
 * @seq: state of @notifier before the first look-up
 * @first: lowest user address of device memory
 * @end: the address behind the highest
 * @live: the mapping is in the domains; under vfio_iommu.revoke_lock
 * @revoked: device memory has gone; under vfio_iommu.revoke_lock
 */
struct vfio_pfnmap {
	struct mmu_interval_notifier notifier;
	struct vfio_iommu *iommu;
	struct vfio_dma *dma;
	unsigned long seq;
	unsigned long first;
	unsigned long end;
	bool live;
	bool revoked;
};

/**
 * vfio_pfnmap_unmap - take a mapping's device memory out of a domain
 * @dma: the mapping; vfio_iommu.revoke_lock is held
 * @domain: the domain
 */
void vfio_pfnmap_unmap(struct vfio_dma *dma, struct vfio_domain *domain)
{
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	const struct vfio_run *run;
	size_t done = 0, size;

	while ((run = vfio_runs_next(&iter))) {
		size = (size_t)run->npages << PAGE_SHIFT;
		if (run->device)
			iommu_unmap(domain->domain, dma->iova + done, size);
		done += size;
	}
}

/* Takes the device memory out of all domains. The caller holds revoke_lock. */
static void vfio_pfnmap_revoke_locked(struct vfio_pfnmap *pfnmap)
{
	struct vfio_domain *domain;

	if (!pfnmap->live || pfnmap->revoked)
		return;
	pfnmap->revoked = true;
	list_for_each_entry(domain, &pfnmap->iommu->domains, next)
		vfio_pfnmap_unmap(pfnmap->dma, domain);
}

static bool vfio_pfnmap_invalidate(struct mmu_interval_notifier *notifier,
				   const struct mmu_notifier_range *range, unsigned long seq)
{
	struct vfio_pfnmap *pfnmap = container_of(notifier, struct vfio_pfnmap, notifier);

	spin_lock(&pfnmap->iommu->revoke_lock);
	mmu_interval_set_seq(notifier, seq);
	if (range->start < pfnmap->end && range->end > pfnmap->first)
		vfio_pfnmap_revoke_locked(pfnmap);
	spin_unlock(&pfnmap->iommu->revoke_lock);
	return true;
}

static const struct mmu_interval_notifier_ops vfio_pfnmap_notifier_ops = {
	.invalidate = vfio_pfnmap_invalidate,
};

/* From now on we hear of changes to the mapping's user addresses. */
static int vfio_pfnmap_watch(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	struct vfio_pfnmap *pfnmap;
	int ret;

	if (dma->pfnmap)
		return 0;
	pfnmap = kzalloc(sizeof(*pfnmap), GFP_KERNEL_ACCOUNT);
	if (!pfnmap)
		return -ENOMEM;
	pfnmap->iommu = iommu;
	pfnmap->dma = dma;
	pfnmap->first = ULONG_MAX;
	ret = mmu_interval_notifier_insert(&pfnmap->notifier, dma->mm, dma->vaddr, dma->size,
					   &vfio_pfnmap_notifier_ops);
	if (ret) {
		kfree(pfnmap);
		return ret;
	}
	pfnmap->seq = mmu_interval_read_begin(&pfnmap->notifier);
	dma->pfnmap = pfnmap;
	return 0;
}

/* Finds one page frame, and lets the owner of the area put it there if need be. */
static int vfio_pfnmap_lookup(struct vfio_dma *dma, unsigned long vaddr, unsigned long *pfn)
{
	bool write = dma->prot & IOMMU_WRITE, unlocked = false;
	struct vm_area_struct *vma = vma_lookup(dma->mm, vaddr);
	int ret;

	if (!vma || !(vma->vm_flags & VM_PFNMAP))
		return -EFAULT;
	ret = compat_follow_pfnmap(vma, vaddr, write, pfn);
	if (ret) {
		ret = fixup_user_fault(dma->mm, vaddr,
				       FAULT_FLAG_REMOTE | (write ? FAULT_FLAG_WRITE : 0),
				       &unlocked);
		if (ret)
			return ret;
		/* The area may be another one after the lock was dropped. */
		vma = vma_lookup(dma->mm, vaddr);
		if (!vma || !(vma->vm_flags & VM_PFNMAP))
			return -EFAULT;
		/* What was just there may have been revoked already. */
		if (compat_follow_pfnmap(vma, vaddr, write, pfn))
			return -EFAULT;
	}
	/* The kernel's own memory is nobody's device. */
	if (pfn_valid(*pfn) && !PageReserved(pfn_to_page(*pfn)))
		return -EFAULT;
	return 0;
}

/**
 * vfio_pfnmap_append - add device memory to a new mapping
 * @iommu: the container
 * @dma: the mapping, of the calling process
 * @vaddr: user address of the next page
 * @npages: pages that are left
 *
 * Return: how many pages were added, -EFAULT if there is no device memory, or
 * -ENOMEM.
 */
long vfio_pfnmap_append(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long vaddr,
			unsigned long npages)
{
	struct vfio_pfnmap *pfnmap;
	unsigned long pfn, n;
	int ret;

	ret = vfio_pfnmap_watch(iommu, dma);
	if (ret)
		return ret;
	pfnmap = dma->pfnmap;
	npages = min(npages, VFIO_PFNMAP_BATCH);

	mmap_read_lock(dma->mm);
	for (n = 0; n < npages; n++) {
		ret = vfio_pfnmap_lookup(dma, vaddr + (n << PAGE_SHIFT), &pfn);
		if (!ret)
			ret = vfio_runs_append(&dma->runs, pfn, 1, true);
		if (ret)
			break;
	}
	mmap_read_unlock(dma->mm);
	if (n) {
		pfnmap->first = min(pfnmap->first, vaddr);
		pfnmap->end = vaddr + (n << PAGE_SHIFT);
	}
	/* Memory of another kind may follow; then its error, if any, is the right one. */
	return n ? n : ret;
}

/**
 * vfio_pfnmap_commit - the mapping is in all domains: revocations act from now on
 * @dma: the mapping
 *
 * Return: 0, or -EFAULT if device memory has gone since it was looked up.
 */
int vfio_pfnmap_commit(struct vfio_dma *dma)
{
	struct vfio_pfnmap *pfnmap = dma->pfnmap;

	spin_lock(&pfnmap->iommu->revoke_lock);
	pfnmap->live = !mmu_interval_read_retry(&pfnmap->notifier, pfnmap->seq);
	spin_unlock(&pfnmap->iommu->revoke_lock);
	return pfnmap->live ? 0 : -EFAULT;
}

/**
 * vfio_pfnmap_revoke - take a mapping's device memory out of all domains
 * @dma: the mapping; it is about to be torn down
 */
void vfio_pfnmap_revoke(struct vfio_dma *dma)
{
	if (!dma->pfnmap)
		return;
	spin_lock(&dma->pfnmap->iommu->revoke_lock);
	vfio_pfnmap_revoke_locked(dma->pfnmap);
	spin_unlock(&dma->pfnmap->iommu->revoke_lock);
}

/**
 * vfio_pfnmap_revoked - was device memory of a mapping taken out of the domains?
 * @dma: the mapping
 *
 * Return: true if so.
 */
bool vfio_pfnmap_revoked(const struct vfio_dma *dma)
{
	return dma->pfnmap && dma->pfnmap->revoked;
}

/**
 * vfio_pfnmap_forget - end revocation: none runs, or will run
 * @dma: the mapping; nothing to do if it has no device memory
 */
void vfio_pfnmap_forget(struct vfio_dma *dma)
{
	if (!dma->pfnmap)
		return;
	mmu_interval_notifier_remove(&dma->pfnmap->notifier);
	kfree(dma->pfnmap);
	dma->pfnmap = NULL;
}
