// SPDX-License-Identifier: GPL-2.0-only
/* Row T10: without interrupt remapping a device could raise any interrupt of the host. */

#include <errno.h>
#include <unistd.h>

#include "check.h"

void check_unsafe(const struct check_args *args)
{
	int container = vu_container_open(), group = vu_group_open(args->group);
	struct vfio_group_status status = { .argsz = sizeof(status) };

	need(container >= 0 && group >= 0, "C4: container and group open");
	returns(vu_set_container(group, container), 0, "T10: SET_CONTAINER works");
	returns(vu_set_iommu(container, VFIO_TYPE1v2_IOMMU), -EPERM,
		"T10: SET_IOMMU without interrupt remapping fails with -EPERM");
	returns(vu_set_iommu(container, VFIO_TYPE1_IOMMU), -EPERM, "T10: for version 1 as well");
	returns(vu_device_open(group, args->device), -EINVAL, "T10: the device does not open");
	returns(vu_ioctl(group, VFIO_GROUP_GET_STATUS, &status), 0, "T10: GET_STATUS");
	is(status.flags, VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET,
	   "T10: the group is in its container all the same");
	returns(vu_unset_container(group), 0, "T10: and can leave it");
	close(group);
	close(container);
}
