// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: the smallest set of devices that the IOMMU can tell apart, and the
 * unit that the administrator hands to a user.
 *
 * A group exists while a bus driver has a device of it. Its fd can be open
 * once. It stays in its container as long as the fd is open and a device is
 * there, or as long as anybody uses the container through it; see
 * vfio_group_detach_unused().
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "core.h"

DEFINE_MUTEX(vfio_core_lock);

static LIST_HEAD(vfio_groups);

static void vfio_group_free(struct kref *kref)
{
	struct vfio_group *group = container_of(kref, struct vfio_group, kref);

	iommu_group_put(group->iommu_group);
	mutex_destroy(&group->lock);
	kfree(group);
}

/**
 * vfio_group_put - give back a reference
 * @group: the group
 */
void vfio_group_put(struct vfio_group *group)
{
	kref_put(&group->kref, vfio_group_free);
}

static struct vfio_group *vfio_group_create(struct iommu_group *iommu_group, bool emulated)
{
	struct vfio_group *group;
	int ret;

	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return ERR_PTR(-ENOMEM);

	kref_init(&group->kref);
	mutex_init(&group->lock);
	INIT_LIST_HEAD(&group->devices);
	group->iommu_group = iommu_group_ref_get(iommu_group);
	group->id = iommu_group_id(iommu_group);
	group->emulated = emulated;

	ret = vfio_group_node_add(group);
	if (ret) {
		vfio_group_put(group);
		return ERR_PTR(ret);
	}
	list_add(&group->next, &vfio_groups);
	return group;
}

/**
 * vfio_group_find_or_create - the VFIO group of an IOMMU group
 * @iommu_group: the IOMMU group; vfio_core_lock is held
 * @emulated: its devices do no DMA of their own
 *
 * Return: the group with a reference, or ERR_PTR.
 */
struct vfio_group *vfio_group_find_or_create(struct iommu_group *iommu_group, bool emulated)
{
	struct vfio_group *group;

	lockdep_assert_held(&vfio_core_lock);
	list_for_each_entry(group, &vfio_groups, next) {
		if (group->iommu_group == iommu_group) {
			kref_get(&group->kref);
			return group;
		}
	}
	return vfio_group_create(iommu_group, emulated);
}

/**
 * vfio_group_get_from_minor - the group whose node is opened
 * @minor: minor number of the node
 *
 * Return: the group with a reference, or NULL when it is gone already.
 */
struct vfio_group *vfio_group_get_from_minor(unsigned int minor)
{
	struct vfio_group *group;

	mutex_lock(&vfio_core_lock);
	group = vfio_group_node_find(minor);
	if (group)
		kref_get(&group->kref);
	mutex_unlock(&vfio_core_lock);
	return group;
}

/**
 * vfio_group_find_device - look a device up in all groups
 * @dev: the device; vfio_core_lock is held
 *
 * The device's own link to its IOMMU group is not consulted: while a device
 * is being unplugged it may be gone.
 *
 * Return: the device, without a reference; or NULL.
 */
struct vfio_device *vfio_group_find_device(struct device *dev)
{
	struct vfio_device *device;
	struct vfio_group *group;

	lockdep_assert_held(&vfio_core_lock);
	list_for_each_entry(group, &vfio_groups, next) {
		list_for_each_entry(device, &group->devices, next) {
			if (device->dev == dev)
				return device;
		}
	}
	return NULL;
}

/**
 * vfio_group_retire - the group's last device has left the list
 * @group: the group; vfio_core_lock is held
 *
 * The node goes at once, so that a device that comes back finds its name free.
 */
void vfio_group_retire(struct vfio_group *group)
{
	lockdep_assert_held(&vfio_core_lock);
	list_del(&group->next);
	vfio_group_node_remove(group);
}

/**
 * vfio_group_has_devices - is any device of the group registered?
 * @group: the group
 *
 * Return: whether one is; it may change at once.
 */
bool vfio_group_has_devices(struct vfio_group *group)
{
	bool has;

	mutex_lock(&vfio_core_lock);
	has = !list_empty(&group->devices);
	mutex_unlock(&vfio_core_lock);
	return has;
}

/**
 * vfio_group_viable - could the group join a container now?
 * @group: the group; its lock is held
 *
 * It could not while a host driver may do DMA in it. In a container it is ours.
 *
 * Return: whether it is viable; a host driver may come or go at any time.
 */
bool vfio_group_viable(struct vfio_group *group)
{
	lockdep_assert_held(&group->lock);
	if (group->container || group->emulated)
		return true;
	return !iommu_group_dma_owner_claimed(group->iommu_group);
}

/**
 * vfio_group_detach_unused - leave the container if nothing keeps the group in it
 * @group: the group; its lock is held
 */
void vfio_group_detach_unused(struct vfio_group *group)
{
	lockdep_assert_held(&group->lock);
	if (!group->container || group->container_users)
		return;
	if (group->opened && vfio_group_has_devices(group))
		return;
	vfio_container_detach_group(group);
}

/**
 * vfio_group_device_removed - a device has left the group for good
 * @group: the group
 */
void vfio_group_device_removed(struct vfio_group *group)
{
	mutex_lock(&group->lock);
	vfio_group_detach_unused(group);
	mutex_unlock(&group->lock);
}

/**
 * vfio_group_container_get - use the container through this group
 * @group: the group; its lock is held
 *
 * Until vfio_group_container_put() the group stays where it is.
 *
 * Return: 0, or -EINVAL when the group is in no container or that has no IOMMU
 * yet.
 */
int vfio_group_container_get(struct vfio_group *group)
{
	lockdep_assert_held(&group->lock);
	if (!group->container || !vfio_container_has_iommu(group->container))
		return -EINVAL;
	group->container_users++;
	return 0;
}

/**
 * vfio_group_container_put - undo vfio_group_container_get()
 * @group: the group; its lock is held
 */
void vfio_group_container_put(struct vfio_group *group)
{
	lockdep_assert_held(&group->lock);
	group->container_users--;
	vfio_group_detach_unused(group);
}
