// SPDX-License-Identifier: GPL-2.0-only
/*
 * External users: modules such as KVM that act for the process which opened a
 * group, and need the group's container to stay while they do.
 *
 * The vfio_file_*() functions are asked about a file that user space has named:
 * most of them are the names that KVM's VFIO device looks up when it gets a group
 * fd. KVM keeps the file open instead of the container.
 */
#include <linux/file.h>
#include <linux/module.h>

#include "compat.h"
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

/**
 * vfio_file_is_group - is this a group fd?
 * @file: an open file
 *
 * KVM of 6.1 asks.
 *
 * Return: whether it is.
 */
bool vfio_file_is_group(struct file *file)
{
	return vfio_group_from_file(file);
}
EXPORT_SYMBOL_GPL(vfio_file_is_group);

/**
 * vfio_file_is_valid - is this any fd that KVM may be given?
 * @file: an open file
 *
 * KVM of 6.12 asks.
 *
 * Return: whether it is.
 */
bool vfio_file_is_valid(struct file *file)
{
	return vfio_file_is_group(file);
}
EXPORT_SYMBOL_GPL(vfio_file_is_valid);

/* What the group's backend says of its domain. Without a backend nothing is against it. */
static bool vfio_group_domain_coherent(struct vfio_group *group)
{
	struct vfio_container *container = group->container;

	lockdep_assert_held(&group->lock);
	if (!container || !vfio_container_has_iommu(container))
		return true;
	return vfio_container_check_extension(container, VFIO_DMA_CC_IOMMU) > 0;
}

/**
 * vfio_file_enforced_coherent - may KVM ignore that the guest turns caches off?
 * @file: an open file
 *
 * KVM asks once, when it is given the file. Having a group open must not be enough
 * to make it heed the guest's cache control: so the IOMMU is asked, and not whether
 * the group has got a container yet.
 *
 * Return: true when the IOMMU makes all DMA of the group coherent, and for a file
 * that is no group, which brings no DMA.
 */
bool vfio_file_enforced_coherent(struct file *file)
{
	struct vfio_group *group = vfio_group_from_file(file);
	struct vfio_device *device;
	bool domain_coherent, coherent = true;

	if (!group)
		return true;
	mutex_lock(&group->lock);
	domain_coherent = vfio_group_domain_coherent(group);
	mutex_lock(&vfio_core_lock);
	list_for_each_entry(device, &group->devices, next)
		coherent &= compat_iommu_enforces_coherency(device->dev, domain_coherent);
	mutex_unlock(&vfio_core_lock);
	mutex_unlock(&group->lock);
	return coherent;
}
EXPORT_SYMBOL_GPL(vfio_file_enforced_coherent);

/**
 * vfio_file_set_kvm - KVM tells which VM a group serves
 * @file: an open file
 * @kvm: the VM, NULL when it goes
 *
 * No bus driver of ours asks.
 */
void vfio_file_set_kvm(struct file *file, struct kvm *kvm)
{
}
EXPORT_SYMBOL_GPL(vfio_file_set_kvm);

/**
 * vfio_file_iommu_group - the IOMMU group behind a group fd
 * @file: an open file
 *
 * KVM on POWER asks.
 *
 * Return: the group with a reference, or NULL for another file.
 */
struct iommu_group *vfio_file_iommu_group(struct file *file)
{
	struct vfio_group *group = vfio_group_from_file(file);

	return group ? iommu_group_ref_get(group->iommu_group) : NULL;
}
EXPORT_SYMBOL_GPL(vfio_file_iommu_group);

bool vfio_file_has_device(struct file *file, struct device *dev)
{
	struct vfio_group *group = vfio_group_from_file(file);
	struct vfio_device *device;
	bool has;

	if (!group)
		return false;
	mutex_lock(&vfio_core_lock);
	device = vfio_group_find_device(dev);
	has = device && device->group == group;
	mutex_unlock(&vfio_core_lock);
	return has;
}
EXPORT_SYMBOL_GPL(vfio_file_has_device);
