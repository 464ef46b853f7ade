/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few fields of iommufd's structures that are read, and what its ioctls are asked, as
 * <linux/iommufd.h> defines it, which not every C library has.
 */
#ifndef VFIOTOP_IOMMUFD_KERNEL_BPF_H
#define VFIOTOP_IOMMUFD_KERNEL_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>

#include "kernel.bpf.h"
#include "vfiotop.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct user_struct {
	atomic64_t locked_vm;
};

struct xarray {
	void *xa_head;
};

struct xa_node {
	unsigned char shift;
	void *slots[64];
};

struct rw_semaphore {
	atomic64_t count;
};

struct interval_tree_node {
	struct rb_node rb;
	unsigned long start;
	unsigned long last;
	unsigned long __subtree_last;
};

struct rb_root_cached {
	struct rb_root rb_root;
};

/* The values are those of the running kernel. */
enum iommufd_object_type {
	IOMMUFD_OBJ_HWPT_PAGING = 2,
	IOMMUFD_OBJ_HWPT_NESTED = 3,
	IOMMUFD_OBJ_IOAS = 4,
};

struct iommufd_object {
	enum iommufd_object_type type;
	unsigned int id;
};

struct io_pagetable {
	struct rw_semaphore domains_rwsem;
	struct rw_semaphore iova_rwsem;
	struct rb_root_cached area_itree;
	struct rb_root_cached reserved_itree;
	unsigned long iova_alignment;
};

struct iommufd_ioas {
	struct iommufd_object obj;
	struct io_pagetable iopt;
};

struct iommufd_hw_pagetable {
	struct iommufd_object obj;
};

struct iommufd_hwpt_paging {
	struct iommufd_hw_pagetable common;
	struct iommufd_ioas *ioas;
};

struct iommufd_hwpt_nested {
	struct iommufd_hw_pagetable common;
	struct iommufd_hwpt_paging *parent;
};

/* Later kernels keep one for each PASID, by its number. */
struct iommufd_attach {
	struct iommufd_hw_pagetable *hwpt;
};

struct iommufd_group {
	struct iommufd_hw_pagetable *hwpt;
	struct xarray pasid_attach;
};

struct iommufd_ctx {
	struct xarray objects;
	struct iommufd_ioas *vfio_ioas;
};

struct iommufd_device {
	struct iommufd_ctx *ictx;
	struct iommufd_group *igroup;
};

struct iommufd_access {
	struct iommufd_ctx *ictx;
	struct iommufd_ioas *ioas;
	struct iommufd_ioas *ioas_unpin;
};

struct iommufd_ucmd {
	struct iommufd_ctx *ictx;
	void *cmd;
};

struct iopt_pages {
	struct kref kref;
	struct rb_root_cached domains_itree;
	unsigned long npinned;
	struct task_struct *source_task;
	struct mm_struct *source_mm;
	struct user_struct *source_user;
	unsigned char account_mode;
};

struct iopt_area {
	struct interval_tree_node node;
	struct interval_tree_node pages_node;
	struct io_pagetable *iopt;
	struct iopt_pages *pages;
};

struct iommu_domain {
	unsigned long pgsize_bitmap;
};

struct pfn_batch {
	unsigned long *pfns;
	unsigned int *npfns;
	unsigned int end;
};

struct iopt_pages_list {
	struct iopt_pages *pages;
	struct list_head next;
};

#pragma clang attribute pop

/* Values of account_mode; the kernel's enum has no name by which loading could find them. */
enum {
	ACCOUNT_NONE,
	ACCOUNT_USER,
	ACCOUNT_MM,
};

struct ioas_map_request {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__u32 reserved;
	__u64 user_va;
	__u64 length;
	__u64 iova;
};

struct ioas_map_file_request {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__s32 fd;
	__u64 start;
	__u64 length;
	__u64 iova;
};

struct ioas_copy_request {
	__u32 size;
	__u32 flags;
	__u32 dst_ioas_id;
	__u32 src_ioas_id;
	__u64 length;
	__u64 dst_iova;
	__u64 src_iova;
};

struct ioas_unmap_request {
	__u32 size;
	__u32 ioas_id;
	__u64 iova;
	__u64 length;
};

struct detach_request {
	__u32 argsz;
	__u32 flags;
};

#define DETACH_PASID 1

#endif /* VFIOTOP_IOMMUFD_KERNEL_BPF_H */
