// SPDX-License-Identifier: GPL-2.0-only
/* The oracle; see model.h. Written from the ABI, not from the modules. */

#include "model.h"

#include <errno.h>
#include <string.h>

#include "arena.h"
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
	m->lifted = true;
}

uint64_t model_pages(const struct model *m)
{
	uint64_t pages = 0;
	size_t i, j;

	for (i = 0; i < MODEL_CONTAINERS; i++)
		for (j = 0; j < m->containers[i].count; j++)
			pages += m->containers[i].mappings[j].size >> PAGE_BITS;
	return pages;
}

struct model_container *model_container(struct model *m, uint64_t slot)
{
	return m->slots[slot] < 0 ? NULL : &m->containers[m->slots[slot]];
}

static void word(struct answer *answer, uint64_t value)
{
	answer->words[answer->count++] = value;
}

/* --- What is open, and what is in what ------------------------------------------- */

static void detach(struct model *m, struct model_group *group)
{
	struct model_container *container = &m->containers[group->container];

	group->container = -1;
	if (--container->groups)
		return;
	/* The backend goes with the last group, and the mappings with it. */
	container->backend = false;
	container->count = 0;
}

static void detach_unused(struct model *m, struct model_group *group)
{
	if (group->container >= 0 && !group->opened && !group->devices)
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

static int64_t group_open(struct model_group *group)
{
	if (group->opened || group->devices)
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

static int64_t device_close(struct model *m, uint64_t slot)
{
	struct model_group *group;

	if (m->devices[slot] < 0)
		return -EBADF;
	group = &m->groups[m->devices[slot]];
	m->devices[slot] = -1;
	group->devices--;
	detach_unused(m, group);
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
	group->devices++;
	device_close(m, slot);
	m->devices[slot] = (int)number;
	return 0;
}

static int64_t set_container(struct model *m, struct model_group *group, uint64_t slot)
{
	if (!group->opened || m->slots[slot] < 0)
		return -EBADF;
	if (group->container >= 0)
		return -EINVAL;
	group->container = m->slots[slot];
	m->containers[group->container].groups++;
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

static int64_t group_status(const struct model_group *group, uint64_t argsz, struct answer *answer)
{
	if (!group->opened)
		return -EBADF;
	if (argsz < sizeof(struct vfio_group_status))
		return -EINVAL;
	word(answer, VFIO_GROUP_FLAGS_VIABLE |
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
	word(answer, argsz > machine->info_size ? argsz : machine->info_size);
	word(answer, VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS);
	word(answer, machine->pgsizes);
	if (argsz < machine->info_size)
		return 0;
	word(answer, machine->mappings_max - container->count);
	for (i = 0; i < machine->ranges_count; i++) {
		word(answer, machine->ranges[i].start);
		word(answer, machine->ranges[i].end);
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

static int64_t map(struct model *m, struct model_container *container, const uint64_t *arg,
		   struct answer *answer)
{
	uint64_t vaddr = arg[MAP_VADDR], iova = arg[MAP_IOVA], size = arg[MAP_SIZE];
	const struct model_machine *machine = m->machine;
	uint32_t flags = arg[MAP_FLAGS];
	bool no_memory;
	size_t at;

	if (!container->backend || (uint32_t)arg[MAP_ARGSZ] < 32)
		return -EINVAL;
	if (!flags || flags & ~VU_RW)
		return -EINVAL;
	if (!well_formed(machine, iova, size) || !well_formed(machine, vaddr, size))
		return -EINVAL;
	if (overlaps(container, iova, iova + size - 1))
		return -EEXIST;
	if (container->count == machine->mappings_max)
		return -ENOSPC;
	if (!iova_allowed(machine, iova, iova + size - 1))
		return -EINVAL;
	no_memory = !m->lifted && model_pages(m) + (size >> PAGE_BITS) > m->limit;
	if (!arena_allows(vaddr, size, flags & VFIO_DMA_MAP_FLAG_WRITE)) {
		/* Stock charges as it pins, and so meets the one or the other first. */
		if (no_memory && machine->stock)
			answer->or_else = -ENOMEM;
		else if (no_memory)
			return -ENOMEM;
		return -EFAULT;
	}
	if (no_memory)
		return -ENOMEM;

	at = first_at(container, iova);
	memmove(&container->mappings[at + 1], &container->mappings[at],
		(container->count - at) * sizeof(container->mappings[0]));
	container->mappings[at] = (struct model_mapping){
		.iova = iova, .size = size, .writable = flags & VFIO_DMA_MAP_FLAG_WRITE
	};
	container->count++;
	return 0;
}

/* Takes @count mappings away from @from on; returns their bytes. */
static uint64_t take(struct model_container *container, size_t from, size_t count)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = from; i < from + count; i++)
		bytes += container->mappings[i].size;
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
		if (!mapping->writable)
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
	fill_bitmap(container, first, size, answer);
	return 0;
}

static int64_t unmap(const struct model *m, struct model_container *container, const uint64_t *arg,
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
		word(answer, take(container, 0, container->count));
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
		word(answer, 0);
		return 0;
	}
	from = first_at(container, first);
	/* Who begins inside a mapping, which v1 allows, gets nothing. */
	if (from < container->count && container->mappings[from].iova < first) {
		word(answer, 0);
		return 0;
	}
	for (to = from; to < container->count && container->mappings[to].iova <= last; to++)
		;
	word(answer, take(container, from, to - from));
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

/* --- Devices ------------------------------------------------------------------------- */

static int64_t device_info(const struct model *m, int group, uint32_t argsz, struct answer *answer)
{
	const struct vfio_device_info *info = &m->machine->device[group];

	if (argsz < offsetof(struct vfio_device_info, cap_offset))
		return -EINVAL;
	word(answer, info->flags);
	word(answer, info->num_regions);
	word(answer, info->num_irqs);
	return 0;
}

static int64_t region_info(const struct model *m, int group, uint32_t index, uint32_t argsz,
			   struct answer *answer)
{
	const struct vfio_region_info *info;

	if (argsz < sizeof(*info) || index >= m->machine->device[group].num_regions)
		return -EINVAL;
	info = &m->machine->regions[group][index];
	if (!info->argsz)
		return -EINVAL;
	word(answer, info->flags);
	word(answer, info->size);
	word(answer, info->offset);
	return 0;
}

static int64_t irq_info(const struct model *m, int group, uint32_t index, uint32_t argsz,
			struct answer *answer)
{
	const struct vfio_irq_info *info;

	if (argsz < sizeof(*info) || index >= m->machine->device[group].num_irqs)
		return -EINVAL;
	info = &m->machine->irqs[group][index];
	if (!info->argsz)
		return -EINVAL;
	word(answer, info->flags);
	word(answer, info->count);
	return 0;
}

static int64_t config_read(const struct model *m, int group, uint64_t offset, uint64_t count,
			   struct answer *answer)
{
	const uint8_t *config = m->machine->config[group];
	uint64_t value = 0;

	/* Only the identity of a device never changes. */
	if (offset + count <= 4) {
		memcpy(&value, config + offset, count);
		word(answer, value);
	}
	return (int64_t)count;
}

/* ---------------------------------------------------------------------------------------- */

static int64_t container_call(struct model *m, const struct call *call, struct answer *answer)
{
	struct model_container *container = model_container(m, call->arg[0]);

	if (!container)
		return -EBADF;
	switch (call->kind) {
	case CALL_SET_IOMMU:
		return set_iommu(m, container, call->arg[1]);
	case CALL_API_VERSION:
		return VFIO_API_VERSION;
	case CALL_EXTENSION:
		return extension(m, container, call->arg[1]);
	case CALL_IOMMU_INFO:
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

static int64_t device_call(const struct model *m, const struct call *call, struct answer *answer)
{
	int group = m->devices[call->arg[0]];

	if (group < 0)
		return -EBADF;
	switch (call->kind) {
	case CALL_DEVICE_INFO:
		return device_info(m, group, call->arg[1], answer);
	case CALL_REGION_INFO:
		return region_info(m, group, call->arg[1], call->arg[2], answer);
	case CALL_IRQ_INFO:
		return irq_info(m, group, call->arg[1], call->arg[2], answer);
	case CALL_SET_IRQS:
	case CALL_RESET:
		/* Told by the suites of vfio-pci; here they are to do no harm. */
		answer->anything = true;
		return 0;
	default:
		return config_read(m, group, call->arg[1], call->arg[2], answer);
	}
}

static int64_t any_call(struct model *m, const struct call *call, struct answer *answer)
{
	struct model_group *group = &m->groups[call->arg[0] % GROUPS];

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
		return set_container(m, group, call->arg[1]);
	case CALL_UNSET_CONTAINER:
		return unset_container(m, group);
	case CALL_GROUP_STATUS:
		return group_status(group, call->arg[1], answer);
	case CALL_DEVICE_INFO:
	case CALL_REGION_INFO:
	case CALL_CONFIG_READ:
	case CALL_IRQ_INFO:
	case CALL_SET_IRQS:
	case CALL_RESET:
		return device_call(m, call, answer);
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
