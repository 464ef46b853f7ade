// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device memory: a BAR of one device as the DMA target of another.
 *
 * Such memory is not pinned; it may go at any time, when its device is closed, reset
 * or told to stop decoding. Then its owner removes it from the page tables of the
 * process, and an MMU notifier removes it from the IOMMU before that returns. The
 * mapping stays, with a hole, until it is unmapped; an event tells of the loss.
 *
 * Invariants:
 * - An area of device memory is watched before its page frames are looked up, and as
 *   long as the mapping has it. So no revocation goes unseen.
 * - Revocation and programming exclude each other by vfio_iommu.revoke_lock. Programming
 *   an area looks first whether it was revoked: what was revoked is in no domain, not
 *   for a moment, and never comes back.
 * - An area is in all domains of the container or in none; @joining is the one
 *   exception, a domain that has it but is not in the list yet.
 * - What is held with revoke_lock must not wait for memory or for a user: a revocation
 *   may come from reclaim, and its device may belong to somebody else. So tables for
 *   device memory are allocated atomically, and nothing is looked up under the lock.
 */
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../compat.h"
#include "type1.h"
#include "vfio_events.h"

/* Pages looked up in one go under the mmap lock. */
#define VFIO_PFNMAP_BATCH 512UL

/**
 * struct vfio_pfnmap - an area of device memory in a mapping, from one VMA
 * @next: in vfio_dma.pfnmaps
 * @notifier: tells of changes to the area
 * @iommu: the container
 * @iova: of the area
 * @dma: the mapping
 * @runs: a walk that comes to the area's first run next
 * @npages: pages found
 * @live: every domain of the container has it; like the rest, under vfio_iommu.revoke_lock
 * @revoked: it has gone, or has begun to
 * @joining: a domain that has it and will be in the container, or NULL
 */
struct vfio_pfnmap {
	struct hlist_node next;
	struct mmu_interval_notifier notifier;
	struct vfio_iommu *iommu;
	struct vfio_dma *dma;
	dma_addr_t iova;
	struct vfio_runs_iter runs;
	unsigned long npages;
	bool live;
	bool revoked;
	struct vfio_domain *joining;
};

static size_t vfio_pfnmap_size(const struct vfio_pfnmap *pfnmap)
{
	return (size_t)pfnmap->npages << PAGE_SHIFT;
}

/* Takes the first @size bytes of an area out of a domain. Returns the bytes that it kept. */
static size_t vfio_pfnmap_unmap_from(struct vfio_pfnmap *pfnmap, struct vfio_domain *domain,
				     size_t size)
{
	size_t kept = vfio_domain_unmap(domain, pfnmap->iova, size);

	if (kept)
		pr_err_ratelimited(
			"vfio: container %llu: %zu bytes of device memory at IOVA %pad stay in the IOMMU\n",
			pfnmap->iommu->ledger->id, kept, &pfnmap->iova);
	return kept;
}

/* Takes an area out of the domains that have it. Returns the bytes that one of them kept. */
static size_t vfio_pfnmap_unmap(struct vfio_pfnmap *pfnmap)
{
	size_t size = vfio_pfnmap_size(pfnmap), kept = 0;
	struct vfio_domain *domain;

	lockdep_assert_held(&pfnmap->iommu->revoke_lock);
	if (pfnmap->live) {
		list_for_each_entry(domain, &pfnmap->iommu->domains, next)
			kept = max(kept, vfio_pfnmap_unmap_from(pfnmap, domain, size));
	}
	if (pfnmap->joining)
		kept = max(kept, vfio_pfnmap_unmap_from(pfnmap, pfnmap->joining, size));
	pfnmap->live = false;
	pfnmap->joining = NULL;
	return kept;
}

static bool vfio_pfnmap_invalidate(struct mmu_interval_notifier *notifier,
				   const struct mmu_notifier_range *range, unsigned long seq)
{
	struct vfio_pfnmap *pfnmap = container_of(notifier, struct vfio_pfnmap, notifier);
	struct vfio_iommu *iommu = pfnmap->iommu;
	size_t kept;

	/* The pages stay where they are, or there is other memory at the address by now. */
	if (range->event == MMU_NOTIFY_SOFT_DIRTY || READ_ONCE(pfnmap->revoked))
		return true;
	if (!mmu_notifier_range_blockable(range))
		return false;
	mutex_lock(&iommu->revoke_lock);
	mmu_interval_set_seq(notifier, seq);
	if (pfnmap->live || pfnmap->joining) {
		kept = vfio_pfnmap_unmap(pfnmap);
		trace_vfio_dma_revoke(iommu->ledger->id, pfnmap->iova, vfio_pfnmap_size(pfnmap),
				      kept);
	}
	WRITE_ONCE(pfnmap->revoked, true);
	mutex_unlock(&iommu->revoke_lock);
	return true;
}

static const struct mmu_interval_notifier_ops vfio_pfnmap_notifier_ops = {
	.invalidate = vfio_pfnmap_invalidate,
};

/* Watches over a new area. The mm has users. */
static struct vfio_pfnmap *vfio_pfnmap_watch(struct vfio_iommu *iommu, struct vfio_dma *dma,
					     unsigned long vaddr, unsigned long npages)
{
	struct vfio_pfnmap *pfnmap = kzalloc(sizeof(*pfnmap), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!pfnmap)
		return ERR_PTR(-ENOMEM);
	pfnmap->iommu = iommu;
	pfnmap->dma = dma;
	pfnmap->iova = dma->iova + (vaddr - dma->vaddr);
	pfnmap->runs = vfio_runs_end(&dma->runs);
	ret = mmu_interval_notifier_insert(&pfnmap->notifier, dma->mm, vaddr, npages << PAGE_SHIFT,
					   &vfio_pfnmap_notifier_ops);
	if (ret) {
		kfree(pfnmap);
		return ERR_PTR(ret);
	}
	/* A change that began before the notifier was there is over when this returns. */
	mmu_interval_read_begin(&pfnmap->notifier);
	hlist_add_head(&pfnmap->next, &dma->pfnmaps);
	return pfnmap;
}

/* How many pages from @vaddr on are device memory of one area, at most @npages. */
static long vfio_pfnmap_extent(struct mm_struct *mm, unsigned long vaddr, unsigned long npages)
{
	struct vm_area_struct *vma;
	long ret = -EFAULT;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, vaddr);
	if (vma && vma->vm_flags & VM_PFNMAP)
		ret = min(npages, (vma->vm_end - vaddr) >> PAGE_SHIFT);
	mmap_read_unlock(mm);
	return ret;
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

/* Finds the pages of a new area, as many of them as there are. */
static int vfio_pfnmap_find(struct vfio_pfnmap *pfnmap, unsigned long vaddr, unsigned long npages)
{
	struct vfio_dma *dma = pfnmap->dma;
	unsigned long pfn;
	int ret = 0;

	while (!ret && pfnmap->npages < npages) {
		unsigned long end = min(npages, pfnmap->npages + VFIO_PFNMAP_BATCH);

		mmap_read_lock(dma->mm);
		while (!ret && pfnmap->npages < end) {
			ret = vfio_pfnmap_lookup(dma, vaddr + (pfnmap->npages << PAGE_SHIFT), &pfn);
			/* The first page begins a run, however it follows the area before. */
			if (!ret && !pfnmap->npages)
				ret = vfio_runs_add(&dma->runs, pfn, 1, true);
			else if (!ret)
				ret = vfio_runs_append(&dma->runs, pfn, 1, true);
			if (!ret)
				pfnmap->npages++;
		}
		mmap_read_unlock(dma->mm);
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	return ret;
}

/**
 * vfio_pfnmap_append - add an area of device memory to a new mapping
 * @iommu: the container
 * @dma: the mapping
 * @vaddr: user address of the next page
 * @npages: pages that are left
 *
 * Return: how many pages were added; -EFAULT if there is no device memory, -ESRCH if its
 * process is gone, -ENOMEM, or -EINTR when killed.
 */
long vfio_pfnmap_append(struct vfio_iommu *iommu, struct vfio_dma *dma, unsigned long vaddr,
			unsigned long npages)
{
	struct vfio_pfnmap *pfnmap;
	long ret;

	/* A notifier may only be inserted while the mm has users. */
	if (!mmget_not_zero(dma->mm))
		return -ESRCH;
	ret = vfio_pfnmap_extent(dma->mm, vaddr, npages);
	if (ret < 0)
		goto out_mmput;
	npages = ret;
	pfnmap = vfio_pfnmap_watch(iommu, dma, vaddr, npages);
	if (IS_ERR(pfnmap)) {
		ret = PTR_ERR(pfnmap);
		goto out_mmput;
	}
	ret = vfio_pfnmap_find(pfnmap, vaddr, npages);
	/* Memory of another kind may follow; then its error, if any, is the right one. */
	if (pfnmap->npages && ret != -EINTR && ret != -ENOMEM)
		ret = pfnmap->npages;
out_mmput:
	mmput(dma->mm);
	return ret;
}

/* Programs an area in one domain, or nothing of it. */
static int vfio_pfnmap_program(struct vfio_pfnmap *pfnmap, struct vfio_domain *domain)
{
	struct vfio_runs_iter iter = pfnmap->runs;
	size_t size = vfio_pfnmap_size(pfnmap), done = 0;
	const struct vfio_run *run;
	int ret = 0;

	lockdep_assert_held(&pfnmap->iommu->revoke_lock);
	while (!ret && done < size) {
		run = vfio_runs_next(&iter);
		done += vfio_domain_map_run(domain, pfnmap->iova + done, run, pfnmap->dma->prot,
					    &ret);
	}
	if (ret)
		vfio_pfnmap_unmap_from(pfnmap, domain, done);
	return ret;
}

/* Programs an area in all domains of the container, or in none. */
static int vfio_pfnmap_enter(struct vfio_pfnmap *pfnmap)
{
	struct vfio_iommu *iommu = pfnmap->iommu;
	struct vfio_domain *domain;
	int ret;

	if (pfnmap->revoked)
		return -EFAULT;
	list_for_each_entry(domain, &iommu->domains, next) {
		ret = vfio_pfnmap_program(pfnmap, domain);
		if (ret)
			goto err_unmap;
	}
	pfnmap->live = true;
	return 0;

err_unmap:
	list_for_each_entry_continue_reverse(domain, &iommu->domains, next)
		vfio_pfnmap_unmap_from(pfnmap, domain, vfio_pfnmap_size(pfnmap));
	return ret;
}

/**
 * vfio_pfnmaps_map - program the device memory of a new mapping: the last step of a map
 * @dma: the mapping; all domains have the rest of it
 *
 * Return: 0; -EFAULT if device memory has gone since it was looked up; -EINTR when killed;
 * or an error of the IOMMU driver. On failure no domain has device memory of it.
 */
int vfio_pfnmaps_map(struct vfio_dma *dma)
{
	struct vfio_pfnmap *pfnmap;
	int ret;

	hlist_for_each_entry(pfnmap, &dma->pfnmaps, next) {
		mutex_lock(&pfnmap->iommu->revoke_lock);
		ret = vfio_pfnmap_enter(pfnmap);
		mutex_unlock(&pfnmap->iommu->revoke_lock);
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		if (ret) {
			vfio_pfnmaps_unmap(dma);
			return ret;
		}
	}
	return 0;
}

/**
 * vfio_pfnmaps_unmap - take a mapping's device memory out of all domains
 * @dma: the mapping; nothing to do if it has no device memory
 *
 * Return: bytes that a domain kept.
 */
size_t vfio_pfnmaps_unmap(struct vfio_dma *dma)
{
	struct vfio_pfnmap *pfnmap;
	size_t kept = 0;

	hlist_for_each_entry(pfnmap, &dma->pfnmaps, next) {
		mutex_lock(&pfnmap->iommu->revoke_lock);
		kept += vfio_pfnmap_unmap(pfnmap);
		mutex_unlock(&pfnmap->iommu->revoke_lock);
	}
	return kept;
}

/**
 * vfio_pfnmaps_join - program a mapping's device memory in a domain that is about to join
 * @dma: the mapping
 * @domain: the domain, not in the container's list
 *
 * What was revoked is left out. vfio_pfnmaps_joined() or vfio_pfnmaps_unjoin() ends it.
 *
 * Return: 0 or an error of the IOMMU driver.
 */
int vfio_pfnmaps_join(struct vfio_dma *dma, struct vfio_domain *domain)
{
	struct vfio_pfnmap *pfnmap;
	int ret = 0;

	hlist_for_each_entry(pfnmap, &dma->pfnmaps, next) {
		mutex_lock(&pfnmap->iommu->revoke_lock);
		if (!pfnmap->revoked)
			ret = vfio_pfnmap_program(pfnmap, domain);
		if (!pfnmap->revoked && !ret)
			pfnmap->joining = domain;
		mutex_unlock(&pfnmap->iommu->revoke_lock);
		if (ret)
			break;
	}
	return ret;
}

/**
 * vfio_pfnmaps_joined - the domain that joined is in the container's list
 * @dma: a mapping; vfio_iommu.revoke_lock has been held since the domain was added
 */
void vfio_pfnmaps_joined(struct vfio_dma *dma)
{
	struct vfio_pfnmap *pfnmap;

	hlist_for_each_entry(pfnmap, &dma->pfnmaps, next) {
		if (!pfnmap->joining)
			continue;
		pfnmap->joining = NULL;
		pfnmap->live = true;
	}
}

/**
 * vfio_pfnmaps_unjoin - the domain does not join after all, and no device uses it
 * @dma: a mapping
 */
void vfio_pfnmaps_unjoin(struct vfio_dma *dma)
{
	struct vfio_pfnmap *pfnmap;

	hlist_for_each_entry(pfnmap, &dma->pfnmaps, next) {
		mutex_lock(&pfnmap->iommu->revoke_lock);
		pfnmap->joining = NULL;
		mutex_unlock(&pfnmap->iommu->revoke_lock);
	}
}

/**
 * vfio_pfnmaps_forget - end revocation: none runs, or will run
 * @dma: the mapping; no domain has its device memory
 */
void vfio_pfnmaps_forget(struct vfio_dma *dma)
{
	struct vfio_pfnmap *pfnmap;
	struct hlist_node *next;

	hlist_for_each_entry_safe(pfnmap, next, &dma->pfnmaps, next) {
		mmu_interval_notifier_remove(&pfnmap->notifier);
		hlist_del(&pfnmap->next);
		kfree(pfnmap);
	}
}
