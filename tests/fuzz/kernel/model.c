// SPDX-License-Identifier: GPL-2.0-only
/* The oracle; see model.h. Written from the ABI, not from the modules. */

#include "model.h"

#include <errno.h>
#include <string.h>

#include "arena.h"
#include "model_device.h"
#include "vfio_user.h"

#define VADDR	   VFIO_DMA_UNMAP_FLAG_VADDR
#define GET_BITMAP VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP
#define ALL	   VFIO_DMA_UNMAP_FLAG_ALL

#define BITMAP_MAX (256UL << 20)
#define PAGE_BITS  12

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

/* The group of the emulated device that is open in a container, or -1: there is only one. */
static int emulated_group(const struct model *m, const struct model_container *container)
{
	int i;

	for (i = 0; i < GROUPS; i++)
		if (m->machine->emulated[i] && m->groups[i].devices &&
		    &m->containers[m->groups[i].container] == container)
			return i;
	return -1;
}

/* Do the first so many ranges of an emulated device have a page? */
static bool pinned_by(const struct model_device *device, size_t pins, uint64_t iova)
{
	const struct model_pin *pin;

	for (pin = device->pins; pin < device->pins + pins; pin++)
		if (iova >= pin->iova && (iova - pin->iova) >> PAGE_BITS < pin->pages)
			return true;
	return false;
}

bool model_pinned(const struct model *m, const struct model_container *container, uint64_t iova)
{
	int group = emulated_group(m, container);

	return group >= 0 && pinned_by(&m->groups[group].device, MODEL_PINS, iova);
}

/* Pages of a mapping that are pinned for an emulated device, each once. */
static uint64_t pages_for_emulated(const struct model *m, const struct model_container *container,
				   const struct model_mapping *mapping)
{
	int group = emulated_group(m, container);
	const struct model_device *device;
	const struct model_pin *pin;
	uint64_t pages = 0, i, iova;

	if (group < 0)
		return 0;
	device = &m->groups[group].device;
	for (pin = device->pins; pin < device->pins + MODEL_PINS; pin++) {
		for (i = 0; i < pin->pages; i++) {
			iova = pin->iova + (i << PAGE_BITS);
			if (iova >= mapping->iova && iova - mapping->iova < mapping->size &&
			    !pinned_by(device, (size_t)(pin - device->pins), iova))
				pages++;
		}
	}
	return pages;
}

static uint64_t pages_of(const struct model *m, const struct model_container *container,
			 const struct model_mapping *mapping)
{
	if (!container->domains)
		return pages_for_emulated(m, container, mapping);
	return mapping->bar ? 0 : mapping->size >> PAGE_BITS;
}

uint64_t model_pages(const struct model *m)
{
	const struct model_container *container;
	uint64_t pages = 0;
	size_t i;

	for (container = m->containers; container < m->containers + MODEL_CONTAINERS; container++)
		for (i = 0; i < container->count; i++)
			pages += pages_of(m, container, &container->mappings[i]);
	return pages;
}

bool model_may_lock(const struct model *m, const struct model_mapping *mapping, uint64_t pages)
{
	return !pages || mapping->lifted || model_pages(m) + pages <= m->limit;
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

/* --- Mappings ------------------------------------------------------------------------ */

static uint64_t last_of(const struct model_mapping *mapping)
{
	return mapping->iova + mapping->size - 1;
}

/* The first mapping at or behind @first, or the end. */
static size_t first_at(const struct model_container *container, uint64_t first)
{
	size_t i;

	for (i = 0; i < container->count && last_of(&container->mappings[i]) < first; i++)
		;
	return i;
}

const struct model_mapping *model_mapping(const struct model_container *container, uint64_t iova)
{
	size_t i = first_at(container, iova);

	return i < container->count && container->mappings[i].iova <= iova ? &container->mappings[i]
									   : NULL;
}

static bool overlaps(const struct model_container *container, uint64_t first, uint64_t last)
{
	size_t i = first_at(container, first);

	return i < container->count && container->mappings[i].iova <= last;
}

static bool iova_allowed(const struct model_machine *machine, uint64_t first, uint64_t last)
{
	size_t i;

	for (i = 0; i < machine->ranges_count; i++)
		if (first >= machine->ranges[i].start && last <= machine->ranges[i].end)
			return true;
	return false;
}

/* Are the numbers of a range such as a range can have? */
static bool well_formed(const struct model_machine *machine, uint64_t first, uint64_t size)
{
	uint64_t page = machine->pgsizes & -machine->pgsizes;

	return size && !((first | size) & (page - 1)) && first + size - 1 >= first;
}

/* Is all of this the BAR that is mapped, and does its device answer? */
static bool bar_allows(const struct model *m, uint64_t vaddr, uint64_t size)
{
	const struct model_device *device;

	if (m->bar < 0 || vaddr < ARENA_BAR || vaddr + size > ARENA_BAR + ARENA_BAR_SIZE)
		return false;
	device = &m->groups[m->bar].device;
	return device->memory && !device->low_power;
}

bool model_reaches(const struct model *m, const struct model_mapping *mapping, uint64_t vaddr,
		   uint64_t size)
{
	return mapping->bar ? bar_allows(m, vaddr, size)
			    : arena_allows(vaddr, size, mapping->prot & VFIO_DMA_MAP_FLAG_WRITE);
}

static int64_t map(struct model *m, struct model_container *container, const uint64_t *arg,
		   struct answer *answer)
{
	const struct model_machine *machine = m->machine;
	uint64_t iova = arg[MAP_IOVA], size = arg[MAP_SIZE];
	struct model_mapping new = {
		.iova = iova,
		.size = size,
		.vaddr = arg[MAP_VADDR],
		.prot = arg[MAP_FLAGS],
		.lifted = m->lifted,
		.bar = bar_allows(m, arg[MAP_VADDR], size),
	};
	bool no_memory;
	size_t at;

	if (!container->backend || (uint32_t)arg[MAP_ARGSZ] < 32)
		return -EINVAL;
	if (!new.prot || new.prot & ~VU_RW)
		return -EINVAL;
	if (!well_formed(machine, iova, size) || !well_formed(machine, new.vaddr, size))
		return -EINVAL;
	if (overlaps(container, iova, iova + size - 1))
		return -EEXIST;
	if (container->count == machine->mappings_max)
		return -ENOSPC;
	if (container->domains) {
		if (!iova_allowed(machine, iova, iova + size - 1))
			return -EINVAL;
		no_memory = !model_may_lock(m, &new, new.bar ? 0 : size >> PAGE_BITS);
		if (!model_reaches(m, &new, new.vaddr, size)) {
			/* Stock charges as it pins, and so meets the one or the other first. */
			if (no_memory && machine->stock)
				answer->or_else = -ENOMEM;
			else if (no_memory)
				return -ENOMEM;
			return -EFAULT;
		}
		if (no_memory)
			return -ENOMEM;
	}

	at = first_at(container, iova);
	memmove(&container->mappings[at + 1], &container->mappings[at],
		(container->count - at) * sizeof(container->mappings[0]));
	container->mappings[at] = new;
	container->count++;
	return 0;
}

/*
 * The first group that is not emulated comes into a container: all that is mapped is pinned.
 * Where that can't be for two reasons, either is told.
 */
static int64_t populate(const struct model *m, struct model_container *container,
			struct answer *answer)
{
	struct model_container trial = *container;
	uint64_t locked = model_pages(m), pages;
	struct model_mapping *mapping;
	bool allowed = true;
	size_t i;

	for (i = 0; i < trial.count; i++)
		allowed &= iova_allowed(m->machine, trial.mappings[i].iova,
					last_of(&trial.mappings[i]));
	answer->or_else = allowed ? 0 : -EINVAL;
	for (i = 0; i < trial.count; i++) {
		mapping = &trial.mappings[i];
		mapping->bar = bar_allows(m, mapping->vaddr, mapping->size);
		pages = mapping->bar ? 0
				     : (mapping->size >> PAGE_BITS) -
					       pages_for_emulated(m, container, mapping);
		if (pages && !mapping->lifted && locked + pages > m->limit)
			return -ENOMEM;
		if (!model_reaches(m, mapping, mapping->vaddr, mapping->size))
			return -EFAULT;
		locked += pages;
	}
	if (!allowed)
		return -EINVAL;
	*container = trial;
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
		ret = populate(m, container, answer);
		if (ret)
			return ret;
	}
	group->container = m->slots[slot];
	container->groups++;
	container->domains += !emulated;
	return 0;
}

/* The emulated device gives back what it has pinned in a mapping. */
static void recall(struct model *m, const struct model_container *container,
		   const struct model_mapping *mapping)
{
	int group = emulated_group(m, container);

	if (group >= 0)
		model_unpin(&m->groups[group].device, mapping->iova, last_of(mapping));
}

/* Takes @count mappings away from @from on; returns their bytes. */
static uint64_t take(struct model *m, struct model_container *container, size_t from, size_t count)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = from; i < from + count; i++) {
		bytes += container->mappings[i].size;
		recall(m, container, &container->mappings[i]);
	}
	memmove(&container->mappings[from], &container->mappings[from + count],
		(container->count - from - count) * sizeof(container->mappings[0]));
	container->count -= count;
	return bytes;
}

/* Would the range cut a mapping in two? */
static bool cuts(const struct model_container *container, uint64_t first, uint64_t last)
{
	size_t i = first_at(container, first);

	if (i < container->count && container->mappings[i].iova <= last &&
	    container->mappings[i].iova < first)
		return true;
	i = first_at(container, last);
	return i < container->count && container->mappings[i].iova <= last &&
	       last_of(&container->mappings[i]) > last;
}

/* Of pages that devices may write, from @first on; other bits are 0. */
static void fill_bitmap(const struct model_container *container, uint64_t first, uint64_t size,
			struct answer *answer)
{
	uint64_t last = first + size - 1, words = ((size >> PAGE_BITS) + 63) / 64, from, to, bit;
	const struct model_mapping *mapping;
	size_t i;

	memset(answer->bitmap, 0, words * sizeof(answer->bitmap[0]));
	for (i = first_at(container, first); i < container->count; i++) {
		mapping = &container->mappings[i];
		if (mapping->iova > last)
			break;
		if (!(mapping->prot & VFIO_DMA_MAP_FLAG_WRITE))
			continue;
		from = mapping->iova > first ? mapping->iova : first;
		to = last_of(mapping) < last ? last_of(mapping) : last;
		for (bit = (from - first) >> PAGE_BITS; bit <= (to - first) >> PAGE_BITS; bit++)
			answer->bitmap[bit / 64] |= 1UL << bit % 64;
	}
}

/* Can the pages of a range be reported in a bitmap of so many bytes? */
static int64_t report(const struct model *m, const struct model_container *container,
		      uint64_t first, uint64_t size, uint64_t page, uint64_t bytes,
		      struct answer *answer)
{
	if (page != (m->machine->pgsizes & -m->machine->pgsizes))
		return -EINVAL;
	if (!well_formed(m->machine, first, size))
		return -EINVAL;
	if (!bytes || bytes > BITMAP_MAX || bytes < ((size >> PAGE_BITS) + 63) / 64 * 8)
		return -EINVAL;
	if (!container->tracking || cuts(container, first, first + size - 1))
		return -EINVAL;
	/* Stock has no last page: docs/abi.md. */
	if (m->machine->stock && !(first + size))
		answer->or_else = -EINVAL;
	fill_bitmap(container, first, size, answer);
	return 0;
}

static int64_t unmap(struct model *m, struct model_container *container, const uint64_t *arg,
		     struct answer *answer)
{
	uint64_t first = arg[UNMAP_IOVA], size = arg[UNMAP_SIZE], last = first + size - 1;
	uint32_t flags = arg[UNMAP_FLAGS], argsz = arg[UNMAP_ARGSZ];
	size_t from, to;
	int64_t ret;

	if (!container->backend || argsz < 24)
		return -EINVAL;
	if (flags & GET_BITMAP && argsz < 48)
		return -EINVAL;
	if (flags == ALL) {
		if (first || size)
			return -EINVAL;
		answer_word(answer, take(m, container, 0, container->count));
		return 0;
	}
	if (flags & ~GET_BITMAP || !well_formed(m->machine, first, size))
		return -EINVAL;
	if (flags & GET_BITMAP) {
		ret = report(m, container, first, size, SZ_4K, arg[UNMAP_BYTES], answer);
		if (ret)
			return ret;
	}
	if (container->v2 && cuts(container, first, last)) {
		memset(answer->bitmap, 0xaa, sizeof(answer->bitmap));
		return -EINVAL;
	}
	if (m->machine->stock && !(last + 1)) {
		answer_word(answer, 0);
		return 0;
	}
	from = first_at(container, first);
	/* Who begins inside a mapping, which v1 allows, gets nothing. */
	if (from < container->count && container->mappings[from].iova < first) {
		answer_word(answer, 0);
		return 0;
	}
	for (to = from; to < container->count && container->mappings[to].iova <= last; to++)
		;
	answer_word(answer, take(m, container, from, to - from));
	return 0;
}

static int64_t dirty(struct model_container *container, uint32_t flags, uint32_t argsz)
{
	if (!container->backend)
		return -EINVAL;
	if (!container->v2)
		return -EACCES;
	if (argsz < sizeof(struct vfio_iommu_type1_dirty_bitmap))
		return -EINVAL;
	if (flags != VFIO_IOMMU_DIRTY_PAGES_FLAG_START && flags != VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP)
		return -EINVAL;
	container->tracking = flags == VFIO_IOMMU_DIRTY_PAGES_FLAG_START;
	return 0;
}

static int64_t dirty_get(const struct model *m, const struct model_container *container,
			 const uint64_t *arg, struct answer *answer)
{
	if (!container->backend)
		return -EINVAL;
	if (!container->v2)
		return -EACCES;
	if ((uint32_t)arg[GET_ARGSZ] < sizeof(struct vfio_iommu_type1_dirty_bitmap) +
					       sizeof(struct vfio_iommu_type1_dirty_bitmap_get))
		return -EINVAL;
	return report(m, container, arg[GET_IOVA], arg[GET_SIZE], arg[GET_PAGE], arg[GET_BYTES],
		      answer);
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
		return map(m, container, call->arg, answer);
	case CALL_UNMAP:
		return unmap(m, container, call->arg, answer);
	case CALL_DIRTY:
		return dirty(container, call->arg[1], call->arg[2]);
	default:
		return dirty_get(m, container, call->arg, answer);
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
			     (call->kind == CALL_UNMAP && call->arg[UNMAP_FLAGS] & GET_BITMAP);
}
