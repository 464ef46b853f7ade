// SPDX-License-Identifier: GPL-2.0-only
/* Makes up calls; see grammar.h. */

#include "grammar.h"

#include <linux/pci_regs.h>

#include "arena.h"
#include "model_device.h"
#include "vfio_user.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* SplitMix64, by Steele, Lea and Flood. */
uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t below(uint64_t *random, uint64_t limit)
{
	return random_next(random) % limit;
}

/* One time in @of. */
static bool rarely(uint64_t *random, uint64_t of)
{
	return !below(random, of);
}

#define pick(random, array) ((array)[below(random, COUNT(array))])

/* --- Numbers --------------------------------------------------------------------------- */

static uint64_t any_number(uint64_t *random)
{
	uint64_t number = 1UL << below(random, 64);

	return number + below(random, 3) - 1;
}

static uint64_t any_size(uint64_t *random)
{
	static const uint64_t odd[] = { 0, 1, 512, SZ_4K + 1, 1UL << 40, 1UL << 63, -SZ_4K, -1UL };
	static const uint64_t large[] = { SZ_64K,    SZ_1M,	SZ_1M + SZ_4K, SZ_2M,
					  2 * SZ_2M, 4 * SZ_2M, SZ_2M - SZ_4K };

	if (rarely(random, 24))
		return rarely(random, 4) ? any_number(random) : pick(random, odd);
	return rarely(random, 4) ? pick(random, large) : (1 + below(random, 16)) * SZ_4K;
}

static uint64_t any_iova(uint64_t *random, const struct model *m)
{
	const struct model_machine *machine = m->machine;
	const struct vfio_iova_range *range;

	if (rarely(random, 24)) {
		if (rarely(random, 4))
			return any_number(random);
		/* Around the end of what may be mapped. */
		range = &machine->ranges[below(random, machine->ranges_count)];
		return (rarely(random, 2) ? range->start : range->end + 1) +
		       (below(random, 8) - 4) * SZ_4K;
	}
	/* Where mappings meet each other. */
	if (rarely(random, 3))
		return below(random, 8) * SZ_2M;
	return SZ_1M + below(random, 64) * SZ_4K;
}

static uint64_t any_vaddr(uint64_t *random, const struct model *m)
{
	const struct arena_part *part;
	uint64_t parts = 0;

	if (rarely(random, 24))
		return rarely(random, 2) ? any_number(random) : ARENA + ARENA_SIZE - SZ_4K;
	if (m->bar >= 0 && !m->groups[m->bar].device.vague && rarely(random, 4))
		return ARENA_BAR + below(random, 16) * SZ_4K;
	while (arena_parts[parts].name)
		parts++;
	do
		part = &arena_parts[below(random, parts)];
	while (!part->writable && !rarely(random, 4));
	if (rarely(random, 8))
		return ARENA + part->offset - (1 + below(random, 4)) * SZ_4K;
	return ARENA + part->offset + below(random, 4) * below(random, 64) * SZ_4K;
}

/* The range of a mapping that is there, or near it, or any. */
static void any_range(uint64_t *random, const struct model *m,
		      const struct model_container *container, uint64_t *iova, uint64_t *size)
{
	const struct model_mapping *mapping;

	if (!container || !container->count || rarely(random, 4)) {
		*iova = any_iova(random, m);
		*size = any_size(random);
		return;
	}
	mapping = &container->mappings[below(random, container->count)];
	*iova = mapping->iova;
	*size = mapping->size;
	switch (below(random, 8)) {
	case 0:
		*iova += (below(random, 5) - 2) * SZ_4K;
		break;
	case 1:
		*size += (below(random, 5) - 2) * SZ_4K;
		break;
	case 2:
		*iova -= below(random, 16) * SZ_4K;
		*size += below(random, 32) * SZ_4K;
		break;
	default:
		break;
	}
}

/* A size of the structure, or one that the kernel should refuse. */
static uint64_t any_argsz(uint64_t *random, uint64_t right)
{
	static const uint32_t odd[] = { 0, 1, 4, 8, 15, 16, 23, 24, 31, 32, 47, 48, 4096, -1U };

	return rarely(random, 12) ? pick(random, odd) : right;
}

/* Bytes of a bitmap of a range: enough, or not. */
static uint64_t any_bytes(uint64_t *random, uint64_t size)
{
	static const uint64_t odd[] = { 0, 1, 7, 8, 256UL << 20, (256UL << 20) + 8, -1UL };
	uint64_t right = (size / SZ_4K + 63) / 64 * 8;

	return rarely(random, 12) ? pick(random, odd) : right;
}

/*
 * A larger range that the kernel accepts would have more bits than the bitmap has room
 * for. That needs a bitmap of many bytes, too.
 */
static uint64_t small_size(uint64_t size)
{
	return size > BITMAP_WORDS * 64 * SZ_4K && size < 1UL << 44 ? SZ_1M : size;
}

/* One of the first so many, or any number. */
static uint64_t any_index(uint64_t *random, uint64_t limit)
{
	return rarely(random, 8) ? any_number(random) & 0xffffffff : below(random, limit);
}

/* --- Calls ----------------------------------------------------------------------------- */

static void map(uint64_t *random, const struct model *m, uint64_t *arg)
{
	static const uint32_t flags[] = { 1, 2, VU_RW, VU_RW, VU_RW, VU_RW };

	arg[MAP_VADDR] = any_vaddr(random, m);
	arg[MAP_IOVA] = any_iova(random, m);
	arg[MAP_SIZE] = any_size(random);
	arg[MAP_FLAGS] = rarely(random, 24) ? any_number(random) & 0xffffffff : pick(random, flags);
	/* VFIO_DMA_MAP_FLAG_VADDR is for what is not there, see docs/abi.md. */
	if (m->machine->stock)
		arg[MAP_FLAGS] &= ~4UL;
	arg[MAP_ARGSZ] = any_argsz(random, sizeof(struct vfio_iommu_type1_dma_map));
}

static void unmap(uint64_t *random, struct model *m, uint64_t *arg)
{
	struct model_container *container = model_container(m, arg[UNMAP_CONTAINER]);

	any_range(random, m, container, &arg[UNMAP_IOVA], &arg[UNMAP_SIZE]);
	arg[UNMAP_FLAGS] = 0;
	arg[UNMAP_ARGSZ] = any_argsz(random, sizeof(struct vfio_iommu_type1_dma_unmap));
	if (rarely(random, 16)) {
		arg[UNMAP_FLAGS] = VFIO_DMA_UNMAP_FLAG_ALL;
		arg[UNMAP_IOVA] = arg[UNMAP_SIZE] = 0;
	} else if (rarely(random, 24)) {
		arg[UNMAP_FLAGS] = any_number(random) & 0xffffffff;
	} else if (container && rarely(random, container->tracking ? 2 : 16)) {
		arg[UNMAP_FLAGS] = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP;
		arg[UNMAP_ARGSZ] += sizeof(struct vfio_bitmap);
	}
	if (m->machine->stock)
		arg[UNMAP_FLAGS] &= ~4UL;
	if (arg[UNMAP_FLAGS] & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP)
		arg[UNMAP_SIZE] = small_size(arg[UNMAP_SIZE]);
	arg[UNMAP_BYTES] = any_bytes(random, arg[UNMAP_SIZE]);
}

static void dirty_get(uint64_t *random, struct model *m, uint64_t *arg)
{
	any_range(random, m, model_container(m, arg[GET_CONTAINER]), &arg[GET_IOVA],
		  &arg[GET_SIZE]);
	arg[GET_SIZE] = small_size(arg[GET_SIZE]);
	arg[GET_PAGE] = rarely(random, 24) ? any_number(random) : SZ_4K;
	arg[GET_BYTES] = any_bytes(random, arg[GET_SIZE]);
	arg[GET_ARGSZ] = any_argsz(random, 48);
}

/* One that is there, rather the first BAR or configuration space; or none. */
static uint64_t any_region(uint64_t *random)
{
	if (rarely(random, 8))
		return below(random, 12);
	if (rarely(random, 16))
		return below(random, 1 << 20);
	return rarely(random, 2) ? VFIO_PCI_BAR0_REGION_INDEX : VFIO_PCI_CONFIG_REGION_INDEX;
}

/* Around the ends of a region, or anywhere in its first pages. */
static uint64_t any_offset(uint64_t *random, const struct model *m, uint64_t slot, uint64_t region)
{
	int group = m->devices[slot];
	uint64_t size = 0;

	if (rarely(random, 16))
		return any_number(random) & 0xffffffffff;
	if (group >= 0 && region < MODEL_REGIONS)
		size = m->machine->regions[group][region].size;
	switch (below(random, 4)) {
	case 0:
		return size > 8 ? size - 8 + below(random, 16) : below(random, 16);
	case 1:
		return PCI_COMMAND;
	case 2:
		return below(random, 4) * SZ_4K;
	default:
		return below(random, 512);
	}
}

/*
 * Registers of edu from 8 on raise interrupts, compute for long or start DMA, which is for the
 * suites of vfio-pci.
 */
#define REGISTERS_FROM 8
#define REGISTERS_TO   0x100

/* Makes a write one that does nothing to what is behind the device. */
static void spare_registers(const struct model *m, uint64_t *arg)
{
	int group = m->devices[arg[0]];

	if (arg[REGION_INDEX] == VFIO_PCI_CONFIG_REGION_INDEX)
		return;
	if (group >= 0 && !model_device_is_edu(m->machine, group)) {
		arg[REGION_INDEX] = VFIO_PCI_CONFIG_REGION_INDEX;
		arg[REGION_OFFSET] = PCI_COMMAND;
	} else if (arg[REGION_OFFSET] + arg[REGION_SIZE] > REGISTERS_FROM &&
		   arg[REGION_OFFSET] < REGISTERS_TO) {
		arg[REGION_OFFSET] += REGISTERS_TO;
	}
}

static void region(uint64_t *random, const struct model *m, struct call *call)
{
	static const uint64_t sizes[] = { 0, 1, SZ_4K, SZ_4K + 1, SZ_64K, SZ_1M, SZ_1M + 1 };
	uint64_t *arg = call->arg, index = any_region(random);

	arg[REGION_INDEX] = index;
	arg[REGION_OFFSET] = any_offset(random, m, arg[0], index);
	if (call->kind == CALL_REGION_MAP) {
		arg[REGION_SIZE] = pick(random, sizes);
		if (!rarely(random, 8))
			arg[REGION_OFFSET] &= -SZ_4K;
		return;
	}
	arg[REGION_SIZE] = 1 + below(random, rarely(random, 4) ? 16 : 4);
	if (call->kind == CALL_REGION_READ)
		return;
	arg[REGION_VALUE] = rarely(random, 4) ? random_next(random) : below(random, 8);
	spare_registers(m, arg);
}

static void feature(uint64_t *random, uint64_t *arg)
{
	uint32_t number = rarely(random, 8)   ? below(random, 1 << 16)
			  : rarely(random, 4) ? below(random, 12)
					      : 3 + below(random, 3);
	uint32_t what = rarely(random, 2) ? VFIO_DEVICE_FEATURE_SET : below(random, 8) << 16;

	arg[FEATURE_FLAGS] = number | what;
	if (rarely(random, 16))
		arg[FEATURE_FLAGS] ^= any_number(random) & 0xffff0000;
	arg[FEATURE_ARGSZ] = any_argsz(random, sizeof(struct vfio_device_feature));
	/* With an eventfd low power ends by itself, nobody can tell when. */
	if (number == VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP)
		arg[FEATURE_ARGSZ] = sizeof(struct vfio_device_feature);
}

static void ioeventfd(uint64_t *random, const struct model *m, uint64_t *arg)
{
	uint64_t width = 1UL << below(random, 4);

	arg[IOEVENTFD_REGION] = any_region(random);
	arg[IOEVENTFD_OFFSET] = rarely(random, 2)
					? below(random, 4) * 8
					: any_offset(random, m, arg[0], arg[IOEVENTFD_REGION]);
	/* Unaligned ones are different on stock: docs/abi.md. */
	if (m->machine->stock)
		arg[IOEVENTFD_OFFSET] &= -8;
	arg[IOEVENTFD_FLAGS] = rarely(random, 8) ? any_number(random) & 0xffffffff : width;
	arg[IOEVENTFD_VALUE] = below(random, 2);
	arg[IOEVENTFD_REMOVE] = below(random, 2);
}

static void pin(uint64_t *random, const struct model *m, uint64_t *arg)
{
	const struct model_container *container = NULL;
	int group = m->devices[arg[0]];

	if (group >= 0)
		container = &m->containers[m->groups[group].container];
	any_range(random, m, container, &arg[PIN_IOVA], &arg[PIN_SIZE]);
	if (rarely(random, 4))
		arg[PIN_SIZE] = 1 + below(random, SZ_64K);
	arg[PIN_PROT] = rarely(random, 16) ? below(random, 8) : 1 + below(random, 3);
	/* Pages are counted in 32 bits. */
	arg[PIN_SIZE] &= 0xffffffff;
}

static void set_irqs(uint64_t *random, uint64_t *arg)
{
	uint64_t actions = VFIO_IRQ_SET_ACTION_MASK, types = VFIO_IRQ_SET_DATA_NONE;

	arg[IRQS_INDEX] = rarely(random, 16) ? any_number(random) & 0xffffffff : below(random, 6);
	arg[IRQS_FLAGS] = types << below(random, 3) | actions << below(random, 3);
	if (rarely(random, 16))
		arg[IRQS_FLAGS] ^= any_number(random) & 0xffffffff;
	arg[IRQS_START] = any_index(random, 1);
	arg[IRQS_COUNT] = any_index(random, 3);
	arg[IRQS_ARGSZ] = any_argsz(random, 4096);
}

/* What is needed for mappings, one after the other; false where all of it is there. */
static bool next_step(uint64_t *random, struct model *m, struct call *call)
{
	uint64_t slot = below(random, CONTAINERS), group = below(random, GROUPS);
	struct model_container *container = model_container(m, slot);

	if (!container)
		*call = (struct call){ CALL_CONTAINER_OPEN, { slot } };
	else if (!model_group_busy(&m->groups[group]))
		*call = (struct call){ CALL_GROUP_OPEN, { group } };
	else if (m->groups[group].container < 0)
		*call = (struct call){ CALL_SET_CONTAINER, { group, slot } };
	else if (container->groups && !container->backend)
		*call = (struct call){ CALL_SET_IOMMU,
				       { slot, rarely(random, 3) ? VFIO_TYPE1_IOMMU
								 : VFIO_TYPE1v2_IOMMU } };
	else if (m->groups[group].opened && !m->groups[group].devices && rarely(random, 6))
		*call = (struct call){ CALL_DEVICE_OPEN, { below(random, DEVICES), group, group } };
	else
		return false;
	return true;
}

/* How often each kind is made up; what takes long, or ends others, is not often. */
static const unsigned int weights[CALL_KINDS] = {
	[CALL_CONTAINER_OPEN] = 1, [CALL_CONTAINER_CLOSE] = 2,
	[CALL_GROUP_OPEN] = 2,	   [CALL_GROUP_CLOSE] = 2,
	[CALL_DEVICE_OPEN] = 2,	   [CALL_DEVICE_CLOSE] = 2,
	[CALL_SET_CONTAINER] = 3,  [CALL_UNSET_CONTAINER] = 2,
	[CALL_GROUP_STATUS] = 2,   [CALL_SET_IOMMU] = 4,
	[CALL_API_VERSION] = 1,	   [CALL_EXTENSION] = 3,
	[CALL_IOMMU_INFO] = 4,	   [CALL_MAP] = 48,
	[CALL_UNMAP] = 24,	   [CALL_DIRTY] = 12,
	[CALL_DIRTY_GET] = 16,	   [CALL_DEVICE_INFO] = 2,
	[CALL_REGION_INFO] = 3,	   [CALL_REGION_READ] = 5,
	[CALL_REGION_WRITE] = 5,   [CALL_REGION_MAP] = 4,
	[CALL_BAR_MAP] = 2,	   [CALL_BAR_UNMAP] = 1,
	[CALL_IRQ_INFO] = 2,	   [CALL_SET_IRQS] = 12,
	[CALL_RESET] = 1,	   [CALL_HOT_RESET_INFO] = 1,
	[CALL_HOT_RESET] = 1,	   [CALL_FEATURE] = 4,
	[CALL_IOEVENTFD] = 4,	   [CALL_PIN] = 6,
	[CALL_UNPIN] = 3,	   [CALL_COPY] = 3,
	[CALL_VM_OPEN] = 1,	   [CALL_VM_CLOSE] = 1,
	[CALL_VM_ADD] = 3,	   [CALL_VM_DEL] = 2,
	[CALL_LIMIT] = 2,
};

static enum call_kind any_kind(uint64_t *random)
{
	unsigned int sum = 0, drawn, kind;

	for (kind = 0; kind < CALL_KINDS; kind++)
		sum += weights[kind];
	drawn = below(random, sum);
	for (kind = 0; drawn >= weights[kind]; kind++)
		drawn -= weights[kind];
	return kind;
}

/* One of the slots, rather one that mappings can be made in. */
static uint64_t any_container(uint64_t *random, struct model *m)
{
	const struct model_container *container;
	uint64_t slot;

	do {
		slot = below(random, CONTAINERS);
		container = model_container(m, slot);
	} while (!(container && container->backend) && !rarely(random, 4));
	return slot;
}

/* One of the slots, rather one that a device is in. */
static uint64_t any_device(uint64_t *random, const struct model *m)
{
	uint64_t slot;

	do
		slot = below(random, DEVICES);
	while (m->devices[slot] < 0 && !rarely(random, 6));
	return slot;
}

static uint64_t any_type(uint64_t *random)
{
	return rarely(random, 4) ? below(random, 20) : VFIO_TYPE1v2_IOMMU;
}

/* All but the device. */
static void device_arguments(uint64_t *random, struct model *m, struct call *call)
{
	uint64_t *arg = call->arg;

	switch (call->kind) {
	case CALL_DEVICE_INFO:
		arg[1] = any_argsz(random, sizeof(struct vfio_device_info));
		break;
	case CALL_REGION_INFO:
		arg[1] = any_index(random, 12);
		arg[2] = any_argsz(random, sizeof(struct vfio_region_info));
		break;
	case CALL_REGION_READ:
	case CALL_REGION_WRITE:
	case CALL_REGION_MAP:
		region(random, m, call);
		break;
	case CALL_IRQ_INFO:
		arg[1] = any_index(random, 7);
		arg[2] = any_argsz(random, sizeof(struct vfio_irq_info));
		break;
	case CALL_SET_IRQS:
		set_irqs(random, arg);
		break;
	case CALL_HOT_RESET_INFO:
		arg[1] = any_argsz(random, 4096);
		break;
	case CALL_HOT_RESET:
		arg[RESET_FLAGS] = any_index(random, 1);
		arg[RESET_COUNT] = any_index(random, 3);
		arg[RESET_ARGSZ] = any_argsz(random, sizeof(struct vfio_pci_hot_reset) + 8);
		break;
	case CALL_FEATURE:
		feature(random, arg);
		break;
	case CALL_IOEVENTFD:
		ioeventfd(random, m, arg);
		break;
	case CALL_PIN:
	case CALL_UNPIN:
	case CALL_COPY:
		pin(random, m, arg);
		break;
	default:
		break;
	}
}

static void arguments(uint64_t *random, struct model *m, struct call *call)
{
	static const uint64_t limits[] = { 0, 1, 16, 64, 600, 2048 };
	uint64_t *arg = call->arg;

	switch (call->kind) {
	case CALL_CONTAINER_OPEN:
	case CALL_CONTAINER_CLOSE:
	case CALL_API_VERSION:
		arg[0] = below(random, CONTAINERS);
		break;
	case CALL_GROUP_OPEN:
	case CALL_GROUP_CLOSE:
	case CALL_UNSET_CONTAINER:
		arg[0] = below(random, GROUPS);
		break;
	case CALL_DEVICE_OPEN:
		arg[0] = below(random, DEVICES);
		arg[1] = below(random, GROUPS);
		arg[2] = rarely(random, 8) ? below(random, GROUPS) : arg[1];
		break;
	case CALL_BAR_UNMAP:
		break;
	case CALL_DEVICE_CLOSE:
	case CALL_BAR_MAP:
		arg[0] = below(random, DEVICES);
		break;
	case CALL_SET_CONTAINER:
		arg[0] = below(random, GROUPS);
		arg[1] = below(random, CONTAINERS);
		break;
	case CALL_GROUP_STATUS:
		arg[0] = below(random, GROUPS);
		arg[1] = any_argsz(random, sizeof(struct vfio_group_status));
		break;
	case CALL_SET_IOMMU:
		arg[0] = any_container(random, m);
		arg[1] = any_type(random);
		break;
	case CALL_EXTENSION:
		arg[0] = any_container(random, m);
		arg[1] = rarely(random, 8) ? any_number(random) : below(random, 20);
		break;
	case CALL_IOMMU_INFO:
		arg[0] = any_container(random, m);
		arg[1] = any_argsz(random, 4096);
		break;
	case CALL_MAP:
		arg[0] = any_container(random, m);
		map(random, m, arg);
		break;
	case CALL_UNMAP:
		arg[0] = any_container(random, m);
		unmap(random, m, arg);
		break;
	case CALL_DIRTY:
		arg[0] = any_container(random, m);
		arg[1] = rarely(random, 8) ? any_number(random) & 0xfffffffb : 1 + below(random, 2);
		arg[2] = any_argsz(random, sizeof(struct vfio_iommu_type1_dirty_bitmap));
		break;
	case CALL_DIRTY_GET:
		arg[0] = any_container(random, m);
		dirty_get(random, m, arg);
		break;
	case CALL_DEVICE_INFO ... CALL_COPY:
		arg[0] = any_device(random, m);
		device_arguments(random, m, call);
		break;
	case CALL_VM_OPEN:
	case CALL_VM_CLOSE:
		arg[0] = below(random, VMS);
		break;
	case CALL_VM_ADD:
	case CALL_VM_DEL:
		arg[0] = below(random, VMS);
		arg[1] = below(random, GROUPS);
		break;
	default:
		arg[LIMIT_PAGES] = pick(random, limits);
		arg[LIMIT_LIFTED] = rarely(random, 2);
		break;
	}
}

void grammar_call(uint64_t *random, struct model *m, struct call *call)
{
	if (rarely(random, 2) && next_step(random, m, call))
		return;
	*call = (struct call){ .kind = any_kind(random) };
	arguments(random, m, call);
}
