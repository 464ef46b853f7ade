/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's structures, with the fields that are read and no others; where these
 * are is found out when the programs are loaded.
 */
#ifndef VFIOTOP_KERNEL_BPF_H
#define VFIOTOP_KERNEL_BPF_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct file {
	const void *f_op;
	void *private_data;
};

struct task_struct {
	__s32 tgid;
	char comm[16];
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct file *file;
};

struct kobject {
	const char *name;
};

struct device {
	struct kobject kobj;
};

struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct atomic_count {
	__s64 counter;
};

struct vfio_ledger {
	__u64 id;
	struct atomic_count pinned;
	struct atomic_count mappings;
};

struct vfio_iommu_driver_ops {
	const char *name;
};

struct vfio_iommu_driver {
	const struct vfio_iommu_driver_ops *ops;
};

struct vfio_container {
	struct vfio_iommu_driver *driver;
	void *iommu_data;
	struct vfio_ledger ledger;
};

struct vfio_group {
	__s32 id;
	_Bool opened;
	__s32 opener_pid;
	struct vfio_container *container;
};

struct vfio_device {
	struct device *dev;
	struct vfio_group *group;
};

struct vfio_iommu {
	struct rb_root mappings;
	__u32 available;
};

struct vfio_runs {
	unsigned long pinned;
};

/* Its node comes first. */
struct vfio_dma {
	struct rb_node node;
	__u64 iova;
	__u64 size;
	__s32 pid;
	struct vfio_runs runs;
};

#pragma clang attribute pop

#endif /* VFIOTOP_KERNEL_BPF_H */
