// SPDX-License-Identifier: GPL-2.0-only
/*
 * External users: modules such as KVM that act for the process which opened a
 * group, and need the group's container to stay while they do.
 */
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
