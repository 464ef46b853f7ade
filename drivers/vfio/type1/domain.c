// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains: putting mappings into the IOMMU's tables, and taking them out.
 *
 * - The list of domains is constant here: no group joins or leaves meanwhile.
 * - Every mapping is in every domain as a whole, or in none; a map that fails
 *   half-way takes out what it put in.
 * - Nothing is unpinned before the IOTLB has been flushed.
 */
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "../compat.h"
#include "type1.h"

/* Unmaps part of a mapping that has been mapped so far. Returns the bytes. */
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
	return done;
}

static void vfio_domain_unmap_sync(struct vfio_domain *domain, dma_addr_t iova, size_t size)
{
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	vfio_domain_unmap_gather(domain, iova, size, &gather);
	iommu_iotlb_sync(domain->domain, &gather);
}

/* As vfio_domain_unmap_gather(), for a mapping whose device memory may have gone. */
static size_t vfio_domain_unmap_dma(struct vfio_domain *domain, struct vfio_dma *dma,
				    struct iommu_iotlb_gather *gather)
{
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	const struct vfio_run *run;
	size_t done = 0, size;

	if (!vfio_pfnmap_revoked(dma))
		return vfio_domain_unmap_gather(domain, dma->iova, dma->size, gather);

	while ((run = vfio_runs_next(&iter))) {
		size = (size_t)run->npages << PAGE_SHIFT;
		if (!run->device &&
		    vfio_domain_unmap_gather(domain, dma->iova + done, size, gather) != size)
			break;
		done += size;
	}
	return done;
}

/* Maps one run, or page by page when hugepages are turned off. Returns the bytes mapped. */
static size_t vfio_domain_map_run(struct vfio_domain *domain, dma_addr_t iova,
				  const struct vfio_run *run, int prot, int *ret)
{
	/* Device memory is not cached, however coherent the domain is. */
	int run_prot = run->device ? (prot & ~IOMMU_CACHE) | IOMMU_MMIO : prot;
	size_t size = (size_t)run->npages << PAGE_SHIFT;
	size_t piece = vfio_disable_hugepages ? PAGE_SIZE : size;
	phys_addr_t paddr = PFN_PHYS(run->pfn);
	size_t done;

	for (done = 0; done < size; done += piece) {
		*ret = compat_iommu_map(domain->domain, iova + done, paddr + done, piece, run_prot);
		if (*ret)
			break;
	}
	return done;
}

/**
 * vfio_domain_map - map all runs of a mapping in one domain
 * @domain: the domain
 * @dma: the mapping
 *
 * Return: 0, or an error with nothing of the mapping left in the domain.
 */
int vfio_domain_map(struct vfio_domain *domain, struct vfio_dma *dma)
{
	struct vfio_runs_iter iter = { .runs = &dma->runs };
	int prot = dma->prot | domain->prot;
	const struct vfio_run *run;
	size_t done = 0;
	int ret = 0;

	while (!ret && (run = vfio_runs_next(&iter))) {
		done += vfio_domain_map_run(domain, dma->iova + done, run, prot, &ret);
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	if (ret)
		vfio_domain_unmap_sync(domain, dma->iova, done);
	return ret;
}

/**
 * vfio_domains_map - map a new mapping in every domain of the container
 * @iommu: the container
 * @dma: the mapping
 *
 * Return: 0, or an error with nothing of the mapping left in any domain.
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
		vfio_domain_unmap_sync(domain, dma->iova, dma->size);
	return ret;
}

/**
 * vfio_domains_unmap - unmap mappings from every domain
 * @iommu: the container
 * @dmas: struct vfio_dma, by their list
 *
 * On return no device reaches the memory of a mapping whose unmapped bytes
 * equal its size: the IOTLB has been flushed, once for each domain.
 */
void vfio_domains_unmap(struct vfio_iommu *iommu, struct list_head *dmas)
{
	struct iommu_iotlb_gather gather;
	struct vfio_domain *domain;
	struct vfio_dma *dma;

	list_for_each_entry(dma, dmas, list) {
		vfio_pfnmap_revoke(dma);
		dma->unmapped = dma->size;
	}

	list_for_each_entry(domain, &iommu->domains, next) {
		iommu_iotlb_gather_init(&gather);
		list_for_each_entry(dma, dmas, list) {
			size_t done = vfio_domain_unmap_dma(domain, dma, &gather);

			dma->unmapped = min(dma->unmapped, done);
		}
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
