/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forced failures, for tests only: "make debug-modules" includes this file before
 * everything else, so that calls of the kernel that may fail go through a counter.
 * The rest of the tree knows nothing of it.
 *
 * The parameter "faults" of the module vfio arms up to two failures, separated by a
 * comma: "COUNT" for the COUNTth such call from now on, "COUNT FUNCTION" for the
 * COUNTth of that function, 0 for none. It reads as one line each, "LEFT FUNCTION":
 * calls left until it happens, and the function that failed, or "-".
 */
#ifndef VFIO_FAULTS_H
#define VFIO_FAULTS_H

#include <linux/anon_inodes.h>
#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

/* Is this call of @function the one that fails? */
bool vfio_fault(const char *function);

/* Allocators are macros in some kernels. */
static inline void *vfio_faulty_kmalloc(size_t size, gfp_t gfp)
{
	return vfio_fault("kmalloc") ? NULL : kmalloc(size, gfp);
}

static inline void *vfio_faulty_kzalloc(size_t size, gfp_t gfp)
{
	return vfio_fault("kzalloc") ? NULL : kzalloc(size, gfp);
}

static inline void *vfio_faulty_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return vfio_fault("kcalloc") ? NULL : kcalloc(n, size, gfp);
}

static inline void *vfio_faulty_kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return vfio_fault("kvcalloc") ? NULL : kvcalloc(n, size, gfp);
}

static inline void *vfio_faulty_kvzalloc(size_t size, gfp_t gfp)
{
	return vfio_fault("kvzalloc") ? NULL : kvzalloc(size, gfp);
}

static inline unsigned long vfio_faulty_get_free_page(gfp_t gfp)
{
	return vfio_fault("__get_free_page") ? 0 : __get_free_page(gfp);
}

#undef kmalloc
#undef kzalloc
#undef kcalloc
#undef kvcalloc
#undef kvzalloc
#undef __get_free_page
#define kmalloc		vfio_faulty_kmalloc
#define kzalloc		vfio_faulty_kzalloc
#define kcalloc		vfio_faulty_kcalloc
#define kvcalloc	vfio_faulty_kvcalloc
#define kvzalloc	vfio_faulty_kvzalloc
#define __get_free_page vfio_faulty_get_free_page

/* A name within its own macro is the function. */
#define VFIO_FAULTY(failed, function, ...) \
	(vfio_fault(#function) ? (failed) : function(__VA_ARGS__))

#define kasprintf(...)		      VFIO_FAULTY(NULL, kasprintf, __VA_ARGS__)
#define idr_alloc(...)		      VFIO_FAULTY(-ENOSPC, idr_alloc, __VA_ARGS__)
#define device_create(...)	      VFIO_FAULTY(ERR_PTR(-ENOMEM), device_create, __VA_ARGS__)
#define get_unused_fd_flags(...)      VFIO_FAULTY(-EMFILE, get_unused_fd_flags, __VA_ARGS__)
#define anon_inode_getfile(...)	      VFIO_FAULTY(ERR_PTR(-ENFILE), anon_inode_getfile, __VA_ARGS__)
#define try_module_get(...)	      VFIO_FAULTY(false, try_module_get, __VA_ARGS__)
#define iommu_map(...)		      VFIO_FAULTY(-ENOMEM, iommu_map, __VA_ARGS__)
#define iommu_attach_group(...)	      VFIO_FAULTY(-EBUSY, iommu_attach_group, __VA_ARGS__)
#define iommu_get_msi_cookie(...)     VFIO_FAULTY(-ENOMEM, iommu_get_msi_cookie, __VA_ARGS__)
#define pin_user_pages_fast(...)      VFIO_FAULTY(-ENOMEM, pin_user_pages_fast, __VA_ARGS__)
#define pin_user_pages_remote(...)    VFIO_FAULTY(-ENOMEM, pin_user_pages_remote, __VA_ARGS__)
#define mmap_write_lock_killable(...) VFIO_FAULTY(-EINTR, mmap_write_lock_killable, __VA_ARGS__)
#define mmap_read_lock_killable(...)  VFIO_FAULTY(-EINTR, mmap_read_lock_killable, __VA_ARGS__)
#define eventfd_ctx_fdget(...)	      VFIO_FAULTY(ERR_PTR(-EMFILE), eventfd_ctx_fdget, __VA_ARGS__)
#define request_irq(...)	      VFIO_FAULTY(-EBUSY, request_irq, __VA_ARGS__)
#define pci_enable_device(...)	      VFIO_FAULTY(-ENODEV, pci_enable_device, __VA_ARGS__)
#define pci_save_state(...)	      VFIO_FAULTY(-ENOMEM, pci_save_state, __VA_ARGS__)
#define pci_store_saved_state(...)    VFIO_FAULTY(NULL, pci_store_saved_state, __VA_ARGS__)
#define pci_alloc_irq_vectors(...)    VFIO_FAULTY(-ENOSPC, pci_alloc_irq_vectors, __VA_ARGS__)
#define pci_request_region(...)	      VFIO_FAULTY(-EBUSY, pci_request_region, __VA_ARGS__)
#define iommu_group_claim_dma_owner(...) \
	VFIO_FAULTY(-EBUSY, iommu_group_claim_dma_owner, __VA_ARGS__)
#define iommu_get_group_resv_regions(...) \
	VFIO_FAULTY(-ENOMEM, iommu_get_group_resv_regions, __VA_ARGS__)
#define iommu_paging_domain_alloc(...) \
	VFIO_FAULTY(ERR_PTR(-ENOMEM), iommu_paging_domain_alloc, __VA_ARGS__)
#define iommu_domain_alloc(...) VFIO_FAULTY(NULL, iommu_domain_alloc, __VA_ARGS__)
#define mmu_interval_notifier_insert(...) \
	VFIO_FAULTY(-ENOMEM, mmu_interval_notifier_insert, __VA_ARGS__)

#endif /* VFIO_FAULTS_H */
