// SPDX-License-Identifier: GPL-2.0-only
/* The oracle; see model.h. Written from the ABI, not from the modules. */

#include "model.h"

#include <errno.h>
#include <string.h>

#include "model_device.h"
#include "model_mappings.h"
#include "vfio_user.h"

void model_reset(struct model *m, const struct model_machine *machine)
{
	int i;

	memset(m, 0, sizeof(*m));
	m->machine = machine;
	for (i = 0; i < CONTAINERS; i++)
		m->slots[i] = -1;
	for (i = 0; i < DEVICES; i++)
		m->devices[i] = -1;
	for (i = 0; i < GROUPS; i++)
		m->groups[i].container = -1;
	m->bar = -1;
	m->lifted = true;
}

struct model_container *model_container(struct model *m, uint64_t slot)
{
	return m->slots[slot] < 0 ? NULL : &m->containers[m->slots[slot]];
}

/* --- What is open, and what is in what ------------------------------------------- */

static void detach(struct model *m, struct model_group *group)
{
	struct model_container *container = &m->containers[group->container];

	container->domains -= !m->machine->emulated[group - m->groups];
	group->container = -1;
	if (--container->groups)
		return;
	/* The backend goes with the last group, and the mappings with it. */
	container->backend = false;
	container->count = 0;
}

static void detach_unused(struct model *m, struct model_group *group)
{
	if (group->container >= 0 && !model_group_busy(group))
		detach(m, group);
}

static int64_t container_open(struct model *m, uint64_t slot)
{
	int i;

	/* The slot's file is closed first. */
	if (m->slots[slot] >= 0)
		m->containers[m->slots[slot]].opened = false;
	for (i = 0; m->containers[i].opened || m->containers[i].groups; i++)
		;
	m->containers[i] = (struct model_container){ .opened = true };
	m->slots[slot] = i;
	return 0;
}

static int64_t container_close(struct model *m, uint64_t slot)
{
	if (m->slots[slot] < 0)
		return -EBADF;
	m->containers[m->slots[slot]].opened = false;
	m->slots[slot] = -1;
	return 0;
}

bool model_group_busy(const struct model_group *group)
{
	return group->opened || group->vms || group->devices;
}

static int64_t group_open(struct model_group *group)
{
	if (model_group_busy(group))
		return -EBUSY;
	group->opened = true;
	return 0;
}

static int64_t group_close(struct model *m, struct model_group *group)
{
	if (!group->opened)
		return -EBADF;
	group->opened = false;
	detach_unused(m, group);
	return 0;
}

/* One file of a device less, or a mapping of it, which keeps a file. */
static void device_put(struct model *m, struct model_group *group)
{
	group->devices--;
	detach_unused(m, group);
}

static int64_t device_close(struct model *m, uint64_t slot)
{
	int group = m->devices[slot];

	if (group < 0)
		return -EBADF;
	m->devices[slot] = -1;
	device_put(m, &m->groups[group]);
	return 0;
}

static int64_t bar_unmap(struct model *m)
{
	int group = m->bar;

	m->bar = -1;
	if (group >= 0)
		device_put(m, &m->groups[group]);
	return 0;
}

static int64_t bar_map(struct model *m, uint64_t slot)
{
	int group = m->devices[slot];

	if (group < 0)
		return -EBADF;
	if (m->machine->emulated[group])
		return -EINVAL;
	m->groups[group].devices++;
	bar_unmap(m);
	m->bar = group;
	return 0;
}

/* The slot's file stays open until the new one is. */
static int64_t device_open(struct model *m, uint64_t slot, uint64_t number, uint64_t of)
{
	struct model_group *group = &m->groups[number];

	if (!group->opened)
		return -EBADF;
	if (of != number)
		return -ENODEV;
	if (group->container < 0 || !m->containers[group->container].backend)
		return -EINVAL;
	if (!group->devices++)
		model_device_open(&group->device, m->machine, number);
	device_close(m, slot);
	m->devices[slot] = (int)number;
	return 0;
}

static int64_t set_container(struct model *m, struct model_group *group, uint64_t slot,
			     struct answer *answer)
{
	bool emulated = m->machine->emulated[group - m->groups];
	struct model_container *container;
	int64_t ret;

	if (!group->opened || m->slots[slot] < 0)
		return -EBADF;
	if (group->container >= 0)
		return -EINVAL;
	container = &m->containers[m->slots[slot]];
	if (!emulated && container->backend && !container->domains) {
		ret = model_populate(m, container, answer);
		if (ret)
			return ret;
	}
	group->container = m->slots[slot];
	container->groups++;
	container->domains += !emulated;
	return 0;
}

static int64_t unset_container(struct model *m, struct model_group *group)
{
	if (!group->opened)
		return -EBADF;
	if (group->container < 0)
		return -EINVAL;
	if (group->devices)
		return -EBUSY;
	detach(m, group);
	return 0;
}

static int64_t vm_close(struct model *m, struct model_vm *vm)
{
	int i;

	if (!vm->opened)
		return -EBADF;
	for (i = 0; i < GROUPS; i++) {
		if (vm->groups[i]) {
			m->groups[i].vms--;
			detach_unused(m, &m->groups[i]);
		}
	}
	*vm = (struct model_vm){ .opened = false };
	return 0;
}

static int64_t vm_open(struct model *m, struct model_vm *vm)
{
	if (m->machine->vm_error)
		return m->machine->vm_error;
	vm_close(m, vm);
	vm->opened = true;
	return 0;
}

static int64_t vm_add(struct model *m, struct model_vm *vm, uint64_t group)
{
	if (!vm->opened || !m->groups[group].opened)
		return -EBADF;
	if (vm->groups[group])
		return -EEXIST;
	vm->groups[group] = true;
	m->groups[group].vms++;
	return 0;
}

static int64_t vm_del(struct model *m, struct model_vm *vm, uint64_t group)
{
	if (!vm->opened || !m->groups[group].opened)
		return -EBADF;
	if (!vm->groups[group])
		return -ENOENT;
	vm->groups[group] = false;
	m->groups[group].vms--;
	return 0;
}

static int64_t group_status(const struct model_group *group, uint64_t argsz, struct answer *answer)
{
	if (!group->opened)
		return -EBADF;
	if (argsz < sizeof(struct vfio_group_status))
		return -EINVAL;
	answer_word(answer, VFIO_GROUP_FLAGS_VIABLE |
				    (group->container >= 0 ? VFIO_GROUP_FLAGS_CONTAINER_SET : 0));
	return 0;
}

/* --- Containers ---------------------------------------------------------------------- */

static int64_t extension(const struct model *m, const struct model_container *container,
			 uint64_t number)
{
	switch (number) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
	case VFIO_UNMAP_ALL:
		return 1;
	case VFIO_DMA_CC_IOMMU:
		return container->backend && m->machine->coherent;
	case VFIO_TYPE1_NESTING_IOMMU:
		return m->machine->stock;
	case VFIO_UPDATE_VADDR:
		return m->machine->stock && container->backend;
	default:
		return 0;
	}
}

static int64_t set_iommu(const struct model *m, struct model_container *container, uint64_t type)
{
	if (!container->groups || container->backend)
		return -EINVAL;
	switch (type) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
		container->backend = true;
		container->v2 = type == VFIO_TYPE1v2_IOMMU;
		container->tracking = false;
		return 0;
	case VFIO_UNMAP_ALL:
		return -EINVAL;
	case VFIO_TYPE1_NESTING_IOMMU:
		return m->machine->stock ? -EINVAL : -ENODEV;
	default:
		return -ENODEV;
	}
}

static int64_t iommu_info(const struct model *m, const struct model_container *container,
			  uint32_t argsz, struct answer *answer)
{
	const struct model_machine *machine = m->machine;
	size_t i;

	if (!container->backend || argsz < offsetof(struct vfio_iommu_type1_info, cap_offset))
		return -EINVAL;
	answer_word(answer, argsz > machine->info_size ? argsz : machine->info_size);
	answer_word(answer, VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS);
	answer_word(answer, machine->pgsizes);
	if (argsz < machine->info_size)
		return 0;
	answer_word(answer, machine->mappings_max - container->count);
	for (i = 0; i < machine->ranges_count; i++) {
		answer_word(answer, machine->ranges[i].start);
		answer_word(answer, machine->ranges[i].end);
	}
	return 0;
}

/* ---------------------------------------------------------------------------------------- */

static int64_t container_call(struct model *m, const struct call *call, struct answer *answer)
{
	struct model_container *container = model_container(m, call->arg[0]);
	bool no_iommu;

	if (!container)
		return -EBADF;
	/* What it tells of an IOMMU is that of its emulated devices, which have none. */
	no_iommu = container->backend && !container->domains;
	switch (call->kind) {
	case CALL_SET_IOMMU:
		return set_iommu(m, container, call->arg[1]);
	case CALL_API_VERSION:
		return VFIO_API_VERSION;
	case CALL_EXTENSION:
		answer->anything = no_iommu && call->arg[1] == VFIO_DMA_CC_IOMMU;
		return extension(m, container, call->arg[1]);
	case CALL_IOMMU_INFO:
		answer->anything = no_iommu;
		return iommu_info(m, container, call->arg[1], answer);
	case CALL_MAP:
		return model_map(m, container, call->arg, answer);
	case CALL_UNMAP:
		return model_unmap(m, container, call->arg, answer);
	case CALL_DIRTY:
		return model_dirty(container, call->arg[1], call->arg[2]);
	default:
		return model_dirty_get(m, container, call->arg, answer);
	}
}

static int64_t any_call(struct model *m, const struct call *call, struct answer *answer)
{
	struct model_group *group = &m->groups[call->arg[0] % GROUPS];
	struct model_vm *vm = &m->vms[call->arg[0] % VMS];

	switch (call->kind) {
	case CALL_CONTAINER_OPEN:
		return container_open(m, call->arg[0]);
	case CALL_CONTAINER_CLOSE:
		return container_close(m, call->arg[0]);
	case CALL_GROUP_OPEN:
		return group_open(group);
	case CALL_GROUP_CLOSE:
		return group_close(m, group);
	case CALL_DEVICE_OPEN:
		return device_open(m, call->arg[0], call->arg[1], call->arg[2]);
	case CALL_DEVICE_CLOSE:
		return device_close(m, call->arg[0]);
	case CALL_SET_CONTAINER:
		return set_container(m, group, call->arg[1], answer);
	case CALL_UNSET_CONTAINER:
		return unset_container(m, group);
	case CALL_GROUP_STATUS:
		return group_status(group, call->arg[1], answer);
	case CALL_BAR_MAP:
		return bar_map(m, call->arg[0]);
	case CALL_BAR_UNMAP:
		return bar_unmap(m);
	case CALL_DEVICE_INFO ... CALL_COPY:
		return model_device_call(m, call, answer);
	case CALL_VM_OPEN:
		return vm_open(m, vm);
	case CALL_VM_CLOSE:
		return vm_close(m, vm);
	case CALL_VM_ADD:
		return vm_add(m, vm, call->arg[1]);
	case CALL_VM_DEL:
		return vm_del(m, vm, call->arg[1]);
	case CALL_LIMIT:
		m->limit = call->arg[LIMIT_PAGES];
		m->lifted = call->arg[LIMIT_LIFTED];
		return 0;
	default:
		return container_call(m, call, answer);
	}
}

void model_call(struct model *m, const struct call *call, struct answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	memset(answer->bitmap, 0xaa, sizeof(answer->bitmap));
	answer->ret = any_call(m, call, answer);
	answer->has_bitmap = call->kind == CALL_DIRTY_GET ||
			     (call->kind == CALL_UNMAP &&
			      call->arg[UNMAP_FLAGS] & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP);
}
