// SPDX-License-Identifier: GPL-2.0-only
#include "causes.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#define SMALLEST_PAGE 4096

/* What the kernel's interface says of each; what is unlikely as well. */
static const struct {
	uint32_t operation;
	int error;
	const char *cause;
} causes[] = {
	{ VT_OP_MAP, EBADF, "there is no such file" },
	{ VT_OP_UNMAP, EINVAL, "the request is malformed, or would cut a mapping in two" },
	{ VT_OP_UNMAP, ENOENT, "nothing is mapped there, or a mapping reaches beyond the range" },
	{ VT_OP_UNMAP, EINTR, "the process was killed meanwhile" },
	{ VT_OP_GROUP_OPEN, EBUSY, "it is open already, or what was opened by it still is" },
	{ VT_OP_GROUP_OPEN, EPERM, "a group without IOMMU needs CAP_SYS_RAWIO" },
	{ VT_OP_GROUP_OPEN, ENODEV, "the group has no device left" },
	{ VT_OP_ATTACH, EINVAL,
	  "the group is in a container already, the file is no container, or mappings of the "
	  "container do not fit the group" },
	{ VT_OP_ATTACH, EPERM,
	  "a device of the group has a host driver, or there is no interrupt remapping" },
	{ VT_OP_ATTACH, EBADF, "the file is not open" },
	{ VT_OP_ATTACH, EBADFD, "the file is no container" },
	{ VT_OP_ATTACH, ENODEV, "the group has no device left" },
	{ VT_OP_DETACH, EINVAL, "the group is in no container" },
	{ VT_OP_DETACH, EBUSY, "a device of the group is open" },
	{ VT_OP_SET_IOMMU, EINVAL,
	  "no group is attached, a backend is chosen already, or there is none of that number" },
	{ VT_OP_SET_IOMMU, ENODEV, "no module that is loaded has this backend" },
	{ VT_OP_SET_IOMMU, EPERM,
	  "there is no interrupt remapping: see allow_unsafe_interrupts of vfio_iommu_type1" },
	{ VT_OP_DEVICE_OPEN, ENODEV, "the group has no device of that name with a driver of VFIO" },
	{ VT_OP_DEVICE_OPEN, EINVAL,
	  "the group is in no container, or no IOMMU backend is chosen for that yet" },
	{ VT_OP_DEVICE_OPEN, EACCES, "the token of its physical function is missing or wrong" },
	{ VT_OP_DEVICE_RESET, EINVAL, "it cannot be reset by itself" },
	{ VT_OP_DEVICE_RESET, ENOTTY, "it cannot be reset by itself" },
	{ VT_OP_BUS_RESET, EINVAL,
	  "the request is malformed, or does not name the groups of all devices that it resets" },
	{ VT_OP_BUS_RESET, ENODEV, "neither its slot nor its bus can be reset" },
};

static const char *wrong_range(const struct vt_failure *f)
{
	if (!f->size)
		return "the size is 0";
	if ((f->iova | f->size) & (SMALLEST_PAGE - 1))
		return "address or size is not a multiple of the page size";
	if (f->iova + f->size - 1 < f->iova)
		return "the range wraps around the end of an address space";
	return NULL;
}

const char *cause_of_error(const struct vt_failure *f)
{
	bool of_range = f->operation == VT_OP_MAP || f->operation == VT_OP_UNMAP;
	const char *wrong = NULL;

	/* Only iommufd is asked for an address space by its number. */
	if (of_range && f->ret == -ENOENT && !f->container)
		return "there is no such address space";
	if (f->operation == VT_OP_UNMAP && f->ret == -EINVAL)
		wrong = wrong_range(f);
	/* A device that is opened without its group is another thing. */
	if (wrong || (f->operation == VT_OP_DEVICE_OPEN && f->group == VT_NO_GROUP))
		return wrong;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (causes[i].operation == f->operation && causes[i].error == -f->ret)
			return causes[i].cause;
	return NULL;
}
