// SPDX-License-Identifier: GPL-2.0-only
/*
 * External users: modules such as KVM that act for the process which opened a
 * group, and need the group's container to stay while they do.
 *
 * The second half are the names that KVM's VFIO device looks up when user space
 * gives it a group fd. KVM keeps the file open instead of the container.
 */
#include <linux/file.h>
#include <linux/module.h>

#include "core.h"

struct vfio_group *vfio_group_get_external_user(struct file *file)
{
	struct vfio_group *group = vfio_group_from_file(file);
	int ret;

	if (!group)
		return ERR_PTR(-EINVAL);

	mutex_lock(&group->lock);
	ret = vfio_group_container_get(group);
	if (!ret)
		kref_get(&group->kref);
	mutex_unlock(&group->lock);
	return ret ? ERR_PTR(ret) : group;
}
EXPORT_SYMBOL_GPL(vfio_group_get_external_user);

void vfio_group_put_external_user(struct vfio_group *group)
{
	mutex_lock(&group->lock);
	vfio_group_container_put(group);
	mutex_unlock(&group->lock);
	vfio_group_put(group);
}
EXPORT_SYMBOL_GPL(vfio_group_put_external_user);

int vfio_external_user_iommu_id(struct vfio_group *group)
{
	return group->id;
}
EXPORT_SYMBOL_GPL(vfio_external_user_iommu_id);

/* KVM of 6.1: is this a group fd? */
bool vfio_file_is_group(struct file *file)
{
	return vfio_group_from_file(file);
}
EXPORT_SYMBOL_GPL(vfio_file_is_group);

/* KVM of 6.12: is this any fd that KVM may be given? */
bool vfio_file_is_valid(struct file *file)
{
	return vfio_file_is_group(file);
}
EXPORT_SYMBOL_GPL(vfio_file_is_valid);

/**
 * vfio_file_enforced_coherent - may KVM ignore that the guest turns caches off?
 * @file: an open file
 *
 * True when the IOMMU makes all DMA of the group coherent, and for a file that is
 * no group, which brings no DMA. A group without a container has none yet, but
 * nobody knows what it will get: false.
 */
bool vfio_file_enforced_coherent(struct file *file)
{
	struct vfio_group *group = vfio_group_from_file(file);
	bool coherent;

	if (!group)
		return true;
	mutex_lock(&group->lock);
	coherent = group->container &&
		   vfio_container_check_extension(group->container, VFIO_DMA_CC_IOMMU) > 0;
	mutex_unlock(&group->lock);
	return coherent;
}
EXPORT_SYMBOL_GPL(vfio_file_enforced_coherent);

/* KVM tells which VM a group serves, NULL when it goes. No bus driver of ours asks. */
void vfio_file_set_kvm(struct file *file, struct kvm *kvm)
{
}
EXPORT_SYMBOL_GPL(vfio_file_set_kvm);

/* The IOMMU group behind a group fd, NULL for another file. KVM on POWER asks. */
struct iommu_group *vfio_file_iommu_group(struct file *file)
{
	struct vfio_group *group = vfio_group_from_file(file);

	return group ? iommu_group_ref_get(group->iommu_group) : NULL;
}
EXPORT_SYMBOL_GPL(vfio_file_iommu_group);
