/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault injection, for tests only: "make debug-modules" includes this file before
 * everything else, so that calls of the kernel that may fail go through a counter.
 * The rest of the tree knows nothing of it.
 *
 * The parameter "fault_inject" of the module vfio arms up to two failures, separated by a
 * comma: "COUNT" for the COUNTth such call from now on, "COUNT FUNCTION" for the
 * COUNTth of that function, 0 for none. "COUNT FUNCTION wait" does not let that call
 * fail: it waits until the parameter is written again. The parameter reads as one line
 * each, "LEFT FUNCTION": calls left until it happens, and the function that was hit,
 * or "-".
 */
#ifndef VFIO_FAULT_INJECT_H
#define VFIO_FAULT_INJECT_H

#include <linux/anon_inodes.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/iommu.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "reserved_regions.h"

/**
 * vfio_should_fail - is this the call that fails?
 * @function: the function that is called
 *
 * Waits if this is the call that waits.
 *
 * Return: whether it is.
 */
bool vfio_should_fail(const char *function);

/* Allocators are macros in some kernels. */
static inline void *vfio_inject_kmalloc(size_t size, gfp_t gfp)
{
	return vfio_should_fail("kmalloc") ? NULL : kmalloc(size, gfp);
}

static inline void *vfio_inject_kzalloc(size_t size, gfp_t gfp)
{
	return vfio_should_fail("kzalloc") ? NULL : kzalloc(size, gfp);
}

static inline void *vfio_inject_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return vfio_should_fail("kcalloc") ? NULL : kcalloc(n, size, gfp);
}

static inline void *vfio_inject_kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return vfio_should_fail("kvcalloc") ? NULL : kvcalloc(n, size, gfp);
}

static inline void *vfio_inject_kvzalloc(size_t size, gfp_t gfp)
{
	return vfio_should_fail("kvzalloc") ? NULL : kvzalloc(size, gfp);
}

static inline unsigned long vfio_inject_get_free_page(gfp_t gfp)
{
	return vfio_should_fail("__get_free_page") ? 0 : __get_free_page(gfp);
}

#undef kmalloc
#undef kzalloc
#undef kcalloc
#undef kvcalloc
#undef kvzalloc
#undef __get_free_page
#define kmalloc		vfio_inject_kmalloc
#define kzalloc		vfio_inject_kzalloc
#define kcalloc		vfio_inject_kcalloc
#define kvcalloc	vfio_inject_kvcalloc
#define kvzalloc	vfio_inject_kvzalloc
#define __get_free_page vfio_inject_get_free_page

/* A name within its own macro is the function. */
#define VFIO_INJECT(failed, function, ...) \
	(vfio_should_fail(#function) ? (failed) : function(__VA_ARGS__))

#define kasprintf(...)		      VFIO_INJECT(NULL, kasprintf, __VA_ARGS__)
#define idr_alloc(...)		      VFIO_INJECT(-ENOSPC, idr_alloc, __VA_ARGS__)
#define alloc_chrdev_region(...)      VFIO_INJECT(-EBUSY, alloc_chrdev_region, __VA_ARGS__)
#define cdev_add(...)		      VFIO_INJECT(-ENOMEM, cdev_add, __VA_ARGS__)
#define misc_register(...)	      VFIO_INJECT(-EBUSY, misc_register, __VA_ARGS__)
#define device_create(...)	      VFIO_INJECT(ERR_PTR(-ENOMEM), device_create, __VA_ARGS__)
#define get_unused_fd_flags(...)      VFIO_INJECT(-EMFILE, get_unused_fd_flags, __VA_ARGS__)
#define anon_inode_getfile(...)	      VFIO_INJECT(ERR_PTR(-ENFILE), anon_inode_getfile, __VA_ARGS__)
#define try_module_get(...)	      VFIO_INJECT(false, try_module_get, __VA_ARGS__)
#define iommu_map(...)		      VFIO_INJECT(-ENOMEM, iommu_map, __VA_ARGS__)
#define iommu_map_atomic(...)	      VFIO_INJECT(-ENOMEM, iommu_map_atomic, __VA_ARGS__)
#define iommu_map_sg(...)	      VFIO_INJECT(-ENOMEM, iommu_map_sg, __VA_ARGS__)
#define iommu_unmap_fast(...)	      VFIO_INJECT(0, iommu_unmap_fast, __VA_ARGS__)
#define iommu_attach_group(...)	      VFIO_INJECT(-EBUSY, iommu_attach_group, __VA_ARGS__)
#define iommu_group_alloc(...)	      VFIO_INJECT(ERR_PTR(-ENOMEM), iommu_group_alloc, __VA_ARGS__)
#define iommu_group_add_device(...)   VFIO_INJECT(-ENOMEM, iommu_group_add_device, __VA_ARGS__)
#define iommu_get_msi_cookie(...)     VFIO_INJECT(-ENOMEM, iommu_get_msi_cookie, __VA_ARGS__)
#define pin_user_pages_fast(...)      VFIO_INJECT(-ENOMEM, pin_user_pages_fast, __VA_ARGS__)
#define pin_user_pages_remote(...)    VFIO_INJECT(-ENOMEM, pin_user_pages_remote, __VA_ARGS__)
#define mmap_write_lock_killable(...) VFIO_INJECT(-EINTR, mmap_write_lock_killable, __VA_ARGS__)
#define mmap_read_lock_killable(...)  VFIO_INJECT(-EINTR, mmap_read_lock_killable, __VA_ARGS__)
#define eventfd_ctx_fdget(...)	      VFIO_INJECT(ERR_PTR(-EMFILE), eventfd_ctx_fdget, __VA_ARGS__)
#define device_iommu_capable(...)     VFIO_INJECT(false, device_iommu_capable, __VA_ARGS__)
#define request_irq(...)	      VFIO_INJECT(-EBUSY, request_irq, __VA_ARGS__)
#define pci_enable_device(...)	      VFIO_INJECT(-ENODEV, pci_enable_device, __VA_ARGS__)
#define pci_save_state(...)	      VFIO_INJECT(-ENOMEM, pci_save_state, __VA_ARGS__)
#define pci_store_saved_state(...)    VFIO_INJECT(NULL, pci_store_saved_state, __VA_ARGS__)
#define pci_alloc_irq_vectors(...)    VFIO_INJECT(-ENOSPC, pci_alloc_irq_vectors, __VA_ARGS__)
#define pci_request_region(...)	      VFIO_INJECT(-EBUSY, pci_request_region, __VA_ARGS__)
#define iommu_group_claim_dma_owner(...) \
	VFIO_INJECT(-EBUSY, iommu_group_claim_dma_owner, __VA_ARGS__)
#define iommu_get_group_resv_regions(...)                 \
	(vfio_should_fail("iommu_get_group_resv_regions") \
		 ? -ENOMEM                                \
		 : vfio_get_group_resv_regions(__VA_ARGS__))
#define iommu_paging_domain_alloc(...) \
	VFIO_INJECT(ERR_PTR(-ENOMEM), iommu_paging_domain_alloc, __VA_ARGS__)
#define iommu_domain_alloc(...) VFIO_INJECT(NULL, iommu_domain_alloc, __VA_ARGS__)
#define mmu_interval_notifier_insert(...) \
	VFIO_INJECT(-ENOMEM, mmu_interval_notifier_insert, __VA_ARGS__)

#endif /* VFIO_FAULT_INJECT_H */
