// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains: putting mappings into the IOMMU's tables, and taking them out.
 *
 * - The list of domains is constant here: no group joins or leaves meanwhile.
 * - The pinned memory of a mapping is in every domain as a whole, or in none; a map
 *   that fails half-way takes out what it put in. Device memory is pfnmap.c's.
 * - Nothing is unpinned before the IOTLB has been flushed.
 * - What an IOMMU did not unmap is noted in the mapping, as kept, and then its memory
 *   is never unpinned: better lost than reused.
 */
#include <linux/scatterlist.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "../compat.h"
#include "type1.h"

/* Unmaps a range that is mapped as a whole, without a flush. Returns the bytes left. */
static size_t vfio_domain_unmap_gather(struct vfio_domain *domain, dma_addr_t iova, size_t size,
				       struct iommu_iotlb_gather *gather)
{
	size_t done = 0;

	while (done < size) {
		/* Stop at 1 GiB boundaries: no leaf is cut, no CPU is held up for long. */
		size_t piece = min_t(size_t, size - done, SZ_1G - ((iova + done) & (SZ_1G - 1)));
		size_t unmapped = iommu_unmap_fast(domain->domain, iova + done, piece, gather);

		if (!unmapped)
			break;
		done += unmapped;
		cond_resched();
	}
	return size - done;
}

/**
 * vfio_domain_unmap - unmap a range that is mapped as a whole, and flush the IOTLB
 * @domain: the domain
 * @iova: first I/O virtual address
 * @size: bytes
 *
 * Return: bytes that the domain kept; 0 unless the IOMMU failed.
 */
size_t vfio_domain_unmap(struct vfio_domain *domain, dma_addr_t iova, size_t size)
{
	struct iommu_iotlb_gather gather;
	size_t kept;

	iommu_iotlb_gather_init(&gather);
	kept = vfio_domain_unmap_gather(domain, iova, size, &gather);
	iommu_iotlb_sync(domain->domain, &gather);
	return kept;
}

/* The same for the pinned memory among the first @size bytes of a mapping with device memory. */
static noinline size_t vfio_domain_unmap_mixed(struct vfio_domain *domain, struct vfio_dma *dma,
					       size_t size, struct iommu_iotlb_gather *gather)
{
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	const struct vfio_run *run;
	size_t first = 0, end = 0, kept = 0;

	/* Device memory cuts the mapping into ranges. */
	while (end < size && (run = vfio_runs_next(&iter))) {
		if (vfio_run_is_device(run)) {
			kept += vfio_domain_unmap_gather(domain, dma->iova + first, end - first,
							 gather);
			first = end + vfio_run_size(run);
		}
		end += vfio_run_size(run);
	}
	end = min(end, size);
	if (first < end)
		kept += vfio_domain_unmap_gather(domain, dma->iova + first, end - first, gather);
	return kept;
}

/*
 * Unmaps the pinned memory among the first @size bytes of a mapping, without a flush.
 * Notes in the mapping if the domain kept some.
 */
static void vfio_domain_unmap_pinned(struct vfio_domain *domain, struct vfio_dma *dma, size_t size,
				     struct iommu_iotlb_gather *gather)
{
	size_t kept;

	if (hlist_empty(&dma->pfnmaps))
		kept = vfio_domain_unmap_gather(domain, dma->iova, size, gather);
	else
		kept = vfio_domain_unmap_mixed(domain, dma, size, gather);
	dma->kept = max(dma->kept, kept);
}

/**
 * vfio_domain_map_run - map one run, or page by page when hugepages are turned off
 * @domain: the domain
 * @iova: first I/O virtual address
 * @run: the run
 * @prot: IOMMU_READ and IOMMU_WRITE
 * @ret: gets 0, -EINTR when killed, or an error of the IOMMU driver
 *
 * Does not wait for memory to map device memory: see pfnmap.c.
 *
 * Return: bytes mapped.
 */
size_t vfio_domain_map_run(struct vfio_domain *domain, dma_addr_t iova, const struct vfio_run *run,
			   int prot, int *ret)
{
	gfp_t gfp = vfio_run_is_device(run) ? GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN
					    : GFP_KERNEL_ACCOUNT;
	size_t size = vfio_run_size(run);
	size_t piece = vfio_disable_hugepages ? PAGE_SIZE : size;
	phys_addr_t paddr = PFN_PHYS(vfio_run_pfn(run));
	size_t done = 0;

	prot |= domain->prot;
	/* Device memory is not cached, however coherent the domain is. */
	if (vfio_run_is_device(run))
		prot = (prot & ~IOMMU_CACHE) | IOMMU_MMIO;
	while (done < size) {
		*ret = compat_iommu_map(domain->domain, iova + done, paddr + done, piece, prot,
					gfp);
		if (*ret)
			break;
		done += piece;
		/* Here, as a run may be long and its pieces small. */
		if (fatal_signal_pending(current)) {
			*ret = -EINTR;
			break;
		}
		cond_resched();
	}
	return done;
}

/* Unmaps the pinned memory among the first @size bytes of a mapping, and flushes the IOTLB. */
static noinline void vfio_domain_unmap_dma(struct vfio_domain *domain, struct vfio_dma *dma,
					   size_t size)
{
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	vfio_domain_unmap_pinned(domain, dma, size, &gather);
	iommu_iotlb_sync(domain->domain, &gather);
}

/* Short runs that the IOMMU gets in one call: one page full. */
#define VFIO_MAP_BATCH (PAGE_SIZE / sizeof(struct scatterlist))

/* With fewer runs the page costs more than it saves. */
#define VFIO_MAP_BATCH_MIN (VFIO_MAP_BATCH / 2)

/* A run of fewer bytes, a power of two, is short. */
#define VFIO_SHORT_RUN SZ_4M

/* Device memory is not: its bit is above those that count. */
static bool vfio_run_is_short(const struct vfio_run *run)
{
	return !(run->bits & (VFIO_RUN_DEVICE | VFIO_RUN_NPAGES) &
		 ~((u64)(VFIO_SHORT_RUN >> PAGE_SHIFT) - 1));
}

/* Puts short runs into a batch, up to @n or the first that is not short. Returns how many. */
static unsigned int vfio_map_batch_fill(struct scatterlist *batch, const struct vfio_run *run,
					unsigned int n)
{
	const struct vfio_run *end = run + n;
	struct scatterlist *sg = batch;

	/* Offsets are 0 since sg_init_table(). */
	for (; run < end && vfio_run_is_short(run); run++, sg++) {
		const struct vfio_run copy = *run;

		sg_assign_page(sg, pfn_to_page(vfio_run_pfn(&copy)));
		sg->length = vfio_run_size(&copy);
	}
	return sg - batch;
}

/*
 * Maps short runs from @first on, as many as fit in a batch. Then @first is the next one,
 * NULL behind the last. Returns the bytes mapped.
 */
static size_t vfio_domain_map_batch(struct vfio_domain *domain, dma_addr_t iova, int prot,
				    struct vfio_runs_iter *iter, const struct vfio_run **first,
				    struct scatterlist *batch, int *ret)
{
	const struct vfio_run *run = *first;
	unsigned int nents = 0, room, n;
	ssize_t mapped;

	do {
		room = min_t(size_t, VFIO_MAP_BATCH - nents, iter->end - run + 1);
		n = vfio_map_batch_fill(batch + nents, run, room);
		if (n) {
			iter->run = run + n - 1;
			run = vfio_runs_next(iter);
		}
		nents += n;
	} while (run && n == room && nents < VFIO_MAP_BATCH);
	*first = run;
	mapped = compat_iommu_map_sg(domain->domain, iova, batch, nents, prot | domain->prot);
	*ret = min_t(ssize_t, mapped, 0);
	return max_t(ssize_t, mapped, 0);
}

/* Maps all pinned memory of a mapping with many runs. Returns the bytes mapped or passed by. */
static noinline size_t vfio_domain_map_batches(struct vfio_domain *domain, struct vfio_dma *dma,
					       int *ret)
{
	struct scatterlist *batch = (struct scatterlist *)__get_free_page(GFP_KERNEL);
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	const struct vfio_run *run = vfio_runs_next(&iter);
	size_t done = 0;

	if (!batch) {
		*ret = -ENOMEM;
		return 0;
	}
	sg_init_table(batch, VFIO_MAP_BATCH);
	while (!*ret && run) {
		dma_addr_t iova = dma->iova + done;

		if (vfio_run_is_short(run)) {
			done += vfio_domain_map_batch(domain, iova, dma->prot, &iter, &run, batch,
						      ret);
		} else {
			if (vfio_run_is_device(run))
				done += vfio_run_size(run);
			else
				done += vfio_domain_map_run(domain, iova, run, dma->prot, ret);
			run = vfio_runs_next(&iter);
		}
		if (!*ret && fatal_signal_pending(current))
			*ret = -EINTR;
		cond_resched();
	}
	free_page((unsigned long)batch);
	return done;
}

/* The same, run by run. */
static size_t vfio_domain_map_runs(struct vfio_domain *domain, struct vfio_dma *dma, int *ret)
{
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	const struct vfio_run *run;
	size_t done = 0;

	while (!*ret && (run = vfio_runs_next(&iter))) {
		if (vfio_run_is_device(run))
			done += vfio_run_size(run);
		else
			done += vfio_domain_map_run(domain, dma->iova + done, run, dma->prot, ret);
		if (!*ret && fatal_signal_pending(current))
			*ret = -EINTR;
		cond_resched();
	}
	return done;
}

/**
 * vfio_domain_map - map all pinned memory of a mapping in one domain
 * @domain: the domain
 * @dma: the mapping
 *
 * Return: 0, or an error; then nothing of the mapping is left in the domain but what
 * @dma notes as kept.
 */
int vfio_domain_map(struct vfio_domain *domain, struct vfio_dma *dma)
{
	size_t done;
	int ret = 0;

	if (dma->runs.count < VFIO_MAP_BATCH_MIN || vfio_disable_hugepages)
		done = vfio_domain_map_runs(domain, dma, &ret);
	else
		done = vfio_domain_map_batches(domain, dma, &ret);
	if (ret)
		vfio_domain_unmap_dma(domain, dma, done);
	return ret;
}

/**
 * vfio_domains_map - map the pinned memory of a new mapping in every domain
 * @iommu: the container
 * @dma: the mapping
 *
 * Return: 0, or an error; then nothing of the mapping is left in any domain but what
 * @dma notes as kept.
 */
int vfio_domains_map(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	struct vfio_domain *domain;
	int ret;

	list_for_each_entry(domain, &iommu->domains, next) {
		ret = vfio_domain_map(domain, dma);
		if (ret)
			goto err_unmap;
	}
	return 0;

err_unmap:
	list_for_each_entry_continue_reverse(domain, &iommu->domains, next)
		vfio_domain_unmap_dma(domain, dma, dma->size);
	return ret;
}

/**
 * vfio_domains_unmap - unmap the pinned memory of mappings from every domain
 * @iommu: the container
 * @dmas: struct vfio_dma, by their list
 *
 * On return no device reaches the memory of a mapping of which nothing was kept: the
 * IOTLB has been flushed, once for each domain.
 */
void vfio_domains_unmap(struct vfio_iommu *iommu, struct list_head *dmas)
{
	struct iommu_iotlb_gather gather;
	struct vfio_domain *domain;
	struct vfio_dma *dma;

	list_for_each_entry(domain, &iommu->domains, next) {
		iommu_iotlb_gather_init(&gather);
		list_for_each_entry(dma, dmas, list)
			vfio_domain_unmap_pinned(domain, dma, dma->size, &gather);
		iommu_iotlb_sync(domain->domain, &gather);
	}
}

/**
 * vfio_domains_pgsizes - page sizes that every domain supports
 * @iommu: the container
 *
 * Return: a bit for each size, none smaller than the CPU's.
 */
unsigned long vfio_domains_pgsizes(struct vfio_iommu *iommu)
{
	unsigned long pgsizes = PAGE_MASK;
	struct vfio_domain *domain;

	list_for_each_entry(domain, &iommu->domains, next) {
		unsigned long own = domain->domain->pgsize_bitmap;

		/* An IOMMU with smaller pages can build one of the CPU's from them. */
		if (own & (PAGE_SIZE - 1))
			own = (own & PAGE_MASK) | PAGE_SIZE;
		pgsizes &= own;
	}
	return pgsizes;
}

/**
 * vfio_domains_coherent - does every domain keep DMA coherent, whatever the device asks for?
 * @iommu: the container
 *
 * Return: true if so; false without a domain.
 */
bool vfio_domains_coherent(struct vfio_iommu *iommu)
{
	struct vfio_domain *domain;

	list_for_each_entry(domain, &iommu->domains, next) {
		if (!domain->enforced_coherent)
			return false;
	}
	return !list_empty(&iommu->domains);
}
