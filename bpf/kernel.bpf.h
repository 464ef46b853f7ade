/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few fields of the kernel's structures that are read. Loading finds where they are in the
 * running kernel and its modules.
 */
#ifndef VFIOTOP_KERNEL_BPF_H
#define VFIOTOP_KERNEL_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "vfiotop.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long long counter;
} atomic64_t;

struct refcount_struct {
	atomic_t refs;
};

struct kref {
	struct refcount_struct refcount;
};

struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rlimit {
	unsigned long rlim_cur;
};

struct signal_struct {
	struct rlimit rlim[16];
};

struct mm_struct {
	unsigned long locked_vm;
	atomic64_t pinned_vm;
};

/* 64 bits, of one word or two. */
typedef struct {
} kernel_cap_t;

/* The initial one has no parent. */
struct user_namespace {
	struct user_namespace *parent;
};

struct cred {
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
};

struct sched_entity {
	unsigned long long nr_migrations;
};

struct task_struct {
	struct sched_entity se;
	unsigned long nvcsw;
	unsigned long nivcsw;
	int pid;
	int tgid;
	char comm[16];
	struct mm_struct *mm;
	struct signal_struct *signal;
	const struct cred *cred;
};

struct cdev {
	unsigned int count;
};

struct inode {
	struct cdev *i_cdev;
};

struct file {
	const void *f_op;
	void *private_data;
};

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct file *file;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *key;
	void *value;
};

/* The host's counts of pages by node, and what each CPU has not added to them yet. */
enum node_stat_item {
	NR_FOLL_PIN_ACQUIRED,
	NR_FOLL_PIN_RELEASED,
};

struct per_cpu_nodestat {
	signed char vm_node_stat_diff[2];
};

struct pglist_data {
	struct per_cpu_nodestat *per_cpu_nodestats;
	atomic64_t vm_stat[2];
};

struct kobject {
	const char *name;
};

struct device {
	struct kobject kobj;
};

struct iommu_group {
	int id;
};

struct mutex {
	atomic64_t owner;
};

struct list_head {
	struct list_head *next;
};

/* With PREEMPT_RT. */
struct rt_mutex_base {
	void *owner;
};

struct mutex___rt {
	struct rt_mutex_base rtmutex;
};

struct vfio_iommu {
	struct list_head iova_list;
	struct mutex lock;
	struct rb_root dma_list;
	unsigned int dma_avail;
	unsigned long long pgsize_bitmap;
};

/* A range that can be mapped: in the aperture, and not reserved. */
struct vfio_iova {
	struct list_head list;
	unsigned long long start;
	unsigned long long end;
};

struct vfio_dma {
	struct rb_node node;
	unsigned long long iova;
	unsigned long vaddr;
	unsigned long size;
	_Bool iommu_mapped;
	_Bool lock_cap;
	struct task_struct *task;
	unsigned long locked_vm;
};

struct vfio_iommu_driver_ops {
	char *name;
};

struct vfio_iommu_driver {
	const struct vfio_iommu_driver_ops *ops;
};

struct vfio_container {
	struct kref kref;
	struct vfio_iommu_driver *iommu_driver;
	void *iommu_data;
};

struct vfio_group {
	struct cdev cdev;
	struct iommu_group *iommu_group;
	struct vfio_container *container;
	void *iommufd;
};

struct vfio_device {
	struct device *dev;
	struct vfio_group *group;
	unsigned int open_count;
	void *iommufd_access; /* what it is to iommufd: an emulated one has this */
	void *iommufd_device;
};

/* What the file of a device belongs to since 6.6; before, it is the device itself. */
struct vfio_device_file {
	struct vfio_device *device;
	unsigned char access_granted; /* open by its group, or bound to iommufd */
	void *iommufd;
};

/* Of our own modules, where they differ: what is before ___ is the name there. */
struct vfio_ledger {
	unsigned long long id;
	atomic64_t pinned;
	atomic64_t mappings;
};

struct vfio_container___ours {
	struct vfio_iommu_driver *driver;
	struct vfio_ledger ledger;
};

struct vfio_group___ours {
	int id;
};

struct vfio_iommu___ours {
	struct rb_root mappings;
	unsigned int available;
};

struct vfio_runs {
	unsigned long pinned;
};

struct vfio_dma___ours {
	int pid;
	struct vfio_runs runs;
};

#pragma clang attribute pop

/*
 * What a file refers to, read as a number: newer verifiers forbid arithmetic on a typed
 * pointer's void *.
 */
static __always_inline void *data_of(const struct file *file)
{
	return BPF_CORE_READ(file, private_data);
}

/* The number of its group, which it has whether or not that is used. VFIO can be built without. */
static __always_inline __u32 group_of_device(const struct vfio_device *device)
{
	if (!bpf_core_field_exists(device->group))
		return VT_NO_GROUP;
	return BPF_CORE_READ(device, group, iommu_group, id);
}

#endif /* VFIOTOP_KERNEL_BPF_H */
