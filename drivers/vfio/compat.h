/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernel versions. No other file here tests LINUX_VERSION_CODE;
 * the rest of the tree is written for the newest interface named here.
 */
#ifndef VFIO_COMPAT_H
#define VFIO_COMPAT_H

#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/iommu.h>
#include <linux/irqbypass.h>
#include <linux/irqdomain.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/version.h>
#include <uapi/linux/vfio.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#include <linux/pfn_t.h>
#endif

/* class.devnode takes a const device since 6.2. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define COMPAT_DEVNODE_CONST const
#else
#define COMPAT_DEVNODE_CONST
#endif

/* class_create() lost its module argument in 6.4. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define compat_class_create(name) class_create(name)
#else
#define compat_class_create(name) class_create(THIS_MODULE, name)
#endif

/* iommu_map() takes the allocation flags since 6.3. */
static inline int compat_iommu_map(struct iommu_domain *domain, unsigned long iova,
				   phys_addr_t paddr, size_t size, int prot, gfp_t gfp)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return iommu_map(domain, iova, paddr, size, prot, gfp);
#else
	if (!gfpflags_allow_blocking(gfp))
		return iommu_map_atomic(domain, iova, paddr, size, prot);
	return iommu_map(domain, iova, paddr, size, prot);
#endif
}

/* iommu_map_sg() takes the allocation flags since 6.3. */
static inline ssize_t compat_iommu_map_sg(struct iommu_domain *domain, unsigned long iova,
					  struct scatterlist *sg, unsigned int nents, int prot)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return iommu_map_sg(domain, iova, sg, nents, prot, GFP_KERNEL_ACCOUNT);
#else
	return iommu_map_sg(domain, iova, sg, nents, prot);
#endif
}

/* A domain for the IOMMU of one device: by device since 6.11, by bus before. */
static inline struct iommu_domain *compat_iommu_paging_domain_alloc(struct device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	return iommu_paging_domain_alloc(dev);
#else
	struct iommu_domain *domain = iommu_domain_alloc(dev->bus);

	return domain ? domain : ERR_PTR(-ENODEV);
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline int compat_lacks_interrupt_remapping(struct device *dev, void *data)
{
	return !device_iommu_capable(dev, IOMMU_CAP_INTR_REMAP);
}
#endif

/* Can the devices of this group raise only their own interrupts? */
static inline bool compat_group_has_isolated_msi(struct iommu_group *group)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return iommu_group_has_isolated_msi(group);
#else
	return irq_domain_check_msi_remap() ||
	       !iommu_group_for_each_dev(group, NULL, compat_lacks_interrupt_remapping);
#endif
}

/*
 * Does the IOMMU keep all DMA of this device coherent, whatever the device asks for? Since
 * 6.2 it is asked what it could do; before that, nobody knows until a domain exists.
 */
static inline bool compat_iommu_enforces_coherency(struct device *dev, bool domain_enforces)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return device_iommu_capable(dev, IOMMU_CAP_ENFORCE_CACHE_COHERENCY);
#else
	return domain_enforces;
#endif
}

/* pin_user_pages_remote() lost its VMA array in 6.5. */
static inline long compat_pin_user_pages_remote(struct mm_struct *mm, unsigned long start,
						unsigned long npages, unsigned int flags,
						struct page **pages)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return pin_user_pages_remote(mm, start, npages, flags, pages, NULL);
#else
	return pin_user_pages_remote(mm, start, npages, flags, pages, NULL, NULL);
#endif
}

/*
 * Pins a large folio again that is pinned already, once for each of @pins pages: what
 * the kernel counts when it pins them one by one, and unpins. Since 6.3 the count has
 * a name.
 */
static inline void compat_folio_add_pins(struct folio *folio, int pins)
{
	folio_ref_add(folio, pins);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	atomic_add(pins, &folio->_pincount);
#else
	atomic_add(pins, folio_pincount_ptr(folio));
#endif
	mod_node_page_state(folio_pgdat(folio), NR_FOLL_PIN_ACQUIRED, pins);
}

/*
 * The page frame behind an address of a VM_PFNMAP area, if it is there and, for
 * writing, may be written. The mmap lock is held. 6.12 replaced follow_pte().
 */
static inline int compat_follow_pfnmap(struct vm_area_struct *vma, unsigned long addr, bool write,
				       unsigned long *pfn)
{
	bool writable;
	int ret;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	struct follow_pfnmap_args args = { .vma = vma, .address = addr };

	ret = follow_pfnmap_start(&args);
	if (ret)
		return ret;
	*pfn = args.pfn;
	writable = args.writable;
	follow_pfnmap_end(&args);
#else
	spinlock_t *lock;
	pte_t *pte;

	ret = follow_pte(vma->vm_mm, addr, &pte, &lock);
	if (ret)
		return ret;
	*pfn = pte_pfn(*pte);
	writable = pte_write(*pte);
	pte_unmap_unlock(pte, lock);
#endif
	return write && !writable ? -EFAULT : 0;
}

/* --- PCI bus driver ------------------------------------------------------------- */

/* eventfd_signal() always adds one since 6.8. */
static inline void compat_eventfd_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

/* Producers and consumers of interrupts give their eventfd when they register since 6.17. */
static inline int compat_irq_bypass_register_producer(struct irq_bypass_producer *producer,
						      struct eventfd_ctx *eventfd, int irq)
{
	*producer = (struct irq_bypass_producer){};
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	return irq_bypass_register_producer(producer, eventfd, irq);
#else
	producer->token = eventfd;
	producer->irq = irq;
	return irq_bypass_register_producer(producer);
#endif
}

/* The same for a consumer, which tests have. */
static inline int compat_irq_bypass_register_consumer(struct irq_bypass_consumer *consumer,
						      struct eventfd_ctx *eventfd)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	return irq_bypass_register_consumer(consumer, eventfd);
#else
	consumer->token = eventfd;
	return irq_bypass_register_consumer(consumer);
#endif
}

/* MSI-X vectors can be added to those in use since 6.2, where the interrupt controller agrees. */
static inline bool compat_msix_can_add(struct pci_dev *pdev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return pci_msix_can_alloc_dyn(pdev);
#else
	return false;
#endif
}

/* Adds one; returns its interrupt or a negative errno. */
static inline int compat_msix_add(struct pci_dev *pdev, unsigned int index)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	struct msi_map map = pci_msix_alloc_irq_at(pdev, index, NULL);

	return map.index < 0 ? map.index : map.virq;
#else
	return -EOPNOTSUPP;
#endif
}

/* A VMA's flags are changed by function since 6.3. */
static inline void compat_vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/* Page frames have no type of their own since 6.17. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define compat_device_pfn(pfn) (pfn)
#else
#define compat_device_pfn(pfn) __pfn_to_pfn_t(pfn, PFN_DEV)
#endif

/*
 * Page frames without struct page fill large page table entries since 6.12. Those of 1 GiB are
 * left out: where a mapping is split at any page, the kernel looks for no entry so large.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) && defined(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP)
#define COMPAT_HUGE_PFNMAP
static inline vm_fault_t compat_insert_huge_pfn(struct vm_fault *vmf, unsigned int order,
						unsigned long pfn)
{
	if (order != PMD_ORDER)
		return VM_FAULT_FALLBACK;
	return vmf_insert_pfn_pmd(vmf, compat_device_pfn(pfn), vmf->flags & FAULT_FLAG_WRITE);
}
#endif

/* What a user is told of AtomicOps has a form since 6.5. */
#ifndef VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP
#define VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP 5
struct vfio_device_info_cap_pci_atomic_comp {
	struct vfio_info_cap_header header;
	__u32 flags;
#define VFIO_PCI_ATOMIC_COMP32	BIT(0)
#define VFIO_PCI_ATOMIC_COMP64	BIT(1)
#define VFIO_PCI_ATOMIC_COMP128 BIT(2)
	__u32 reserved;
};
#endif

#endif /* VFIO_COMPAT_H */
