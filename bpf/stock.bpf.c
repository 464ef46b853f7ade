// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source stock: the kernel's own VFIO modules, which have no tracepoints; programs at
 * entry and exit of their functions.
 *
 * A container is known by the address of its struct vfio_container, and gets a number when
 * it is first seen. A map or unmap runs two programs, at entry and exit of its ioctl, and
 * one more for each mapping that is removed. One runs per contiguous run, as long as the
 * budget allows it; on request there is none, and another one runs as these are unpinned.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/vfio.h>
#include <stdbool.h>

#include "groups.bpf.h"
#include "kernel.bpf.h"
#include "stock_containers.bpf.h"
#include "stock_devices.bpf.h"
#include "stock_groups.bpf.h"
#include "stock_requests.bpf.h"
#include "stock_runs.bpf.h"
#include "stock_work.bpf.h"
#include "tables.bpf.h"

/* --- Containers ------------------------------------------------------------- */

SEC("fexit/vfio_fops_open")
int BPF_PROG(stock_container_open, struct inode *inode, struct file *filep, int ret)
{
	if (watching && !ret)
		container_opened(filep);
	return 0;
}

SEC("fentry/vfio_fops_release")
int BPF_PROG(stock_container_release, struct inode *inode, struct file *filep)
{
	if (watching)
		container_closes(filep);
	return 0;
}

SEC("fentry/vfio_fops_unl_ioctl")
int BPF_PROG(stock_container_ioctl, struct file *filep, unsigned int cmd, unsigned long arg)
{
	if (!watching)
		return 0;
	if (cmd == VFIO_IOMMU_MAP_DMA)
		map_begin(filep, arg);
	else if (cmd == VFIO_IOMMU_UNMAP_DMA)
		unmap_begin(filep, arg);
	else if (cmd == VFIO_IOMMU_DIRTY_PAGES)
		dirty_begin((__u64)data_of(filep), arg);
	return 0;
}

SEC("fexit/vfio_fops_unl_ioctl")
int BPF_PROG(stock_container_ioctl_end, struct file *filep, unsigned int cmd, unsigned long arg,
	     long ret)
{
	if (!watching)
		return 0;
	if (cmd == VFIO_IOMMU_MAP_DMA)
		map_end(filep, arg, ret);
	else if (cmd == VFIO_IOMMU_UNMAP_DMA)
		unmap_end(filep, arg, ret);
	else if (cmd == VFIO_SET_IOMMU)
		iommu_set(filep, arg, ret);
	else if (cmd == VFIO_IOMMU_DIRTY_PAGES)
		dirty_end((__u64)data_of(filep), arg, ret);
	return 0;
}

/* --- Mappings and pins ------------------------------------------------------ */

SEC("fentry/vfio_remove_dma")
int BPF_PROG(stock_remove_dma, struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	if (watching)
		mapping_removed(iommu, dma);
	return 0;
}

SEC("fexit/vfio_pin_pages_remote")
int BPF_PROG(stock_pin_run, struct vfio_dma *dma, unsigned long vaddr, long npage,
	     unsigned long *pfn_base, unsigned long limit, void *batch, long ret)
{
	if (watching)
		run_pinned(dma, vaddr, pfn_base, ret);
	return 0;
}

SEC("fexit/vfio_unpin_pages_remote")
int BPF_PROG(stock_unpin_run, struct vfio_dma *dma, __u64 iova, unsigned long pfn, long npage,
	     bool do_accounting, long ret)
{
	if (watching)
		run_unpinned(ret);
	return 0;
}

SEC("fexit/vfio_iommu_type1_pin_pages")
int BPF_PROG(stock_pin, void *iommu_data, struct iommu_group *group, __u64 iova, int npage,
	     int prot, void *pages, int ret)
{
	return watching && ret > 0 ? pinned_standalone((__u64)iommu_data, ret) : 0;
}

SEC("fexit/vfio_iommu_type1_unpin_pages")
int BPF_PROG(stock_unpin, void *iommu_data, __u64 iova, int npage)
{
	return watching && npage > 0 ? pinned_standalone((__u64)iommu_data, -(__s64)npage) : 0;
}

/* --- Groups: file_calls.bpf.h has the other programs --------------------------- */

SEC("fexit/vfio_group_fops_unl_ioctl")
int BPF_PROG(stock_group_ioctl_end, struct file *filep, unsigned int cmd, unsigned long arg,
	     long ret)
{
	if (!watching)
		return 0;
	if (cmd == VFIO_GROUP_GET_DEVICE_FD)
		device_open_end(ret);
	else if (cmd == VFIO_GROUP_SET_CONTAINER)
		group_attached(data_of(filep), ret);
	else if (cmd == VFIO_GROUP_UNSET_CONTAINER && ret)
		group_stays(data_of(filep), ret);
	return 0;
}

SEC("fentry/vfio_group_detach_container")
int BPF_PROG(stock_detach, struct vfio_group *group)
{
	if (watching)
		detach_begin(group);
	return 0;
}

SEC("fexit/vfio_group_detach_container")
int BPF_PROG(stock_detach_end, struct vfio_group *group)
{
	if (watching)
		detach_end();
	return 0;
}

/* --- Devices: likewise --------------------------------------------------------- */

SEC("fentry/vfio_device_fops_unl_ioctl")
int BPF_PROG(stock_device_ioctl, struct file *filep, unsigned int cmd, unsigned long arg)
{
	return watching && is_reset(cmd) ? device_call_begin(filep) : 0;
}

SEC("fexit/vfio_device_fops_unl_ioctl")
int BPF_PROG(stock_device_ioctl_end, struct file *filep, unsigned int cmd, unsigned long arg,
	     long ret)
{
	if (watching && is_reset(cmd))
		device_was_reset(cmd, ret);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
