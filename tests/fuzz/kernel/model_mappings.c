// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's mappings; see model_mappings.h. Written from the ABI, not from the modules. */

#include "model_mappings.h"

#include <errno.h>
#include <string.h>

#include "arena.h"
#include "model_device.h"
#include "model_emulated.h"
#include "vfio_user.h"

#define GET_BITMAP VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP
#define ALL	   VFIO_DMA_UNMAP_FLAG_ALL

#define BITMAP_MAX (256UL << 20)
#define PAGE_BITS  12

static uint64_t pages_of(const struct model *m, const struct model_container *container,
			 const struct model_mapping *mapping)
{
	if (!container->domains)
		return model_emulated_pages(m, container, mapping);
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
	return m->bar >= 0 && vaddr >= ARENA_BAR && vaddr + size <= ARENA_BAR + ARENA_BAR_SIZE &&
	       model_device_answers(&m->groups[m->bar].device);
}

bool model_reaches(const struct model *m, const struct model_mapping *mapping, uint64_t vaddr,
		   uint64_t size)
{
	return mapping->bar ? bar_allows(m, vaddr, size)
			    : arena_allows(vaddr, size, mapping->prot & VFIO_DMA_MAP_FLAG_WRITE);
}

int64_t model_map(struct model *m, struct model_container *container, const uint64_t *arg,
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

int64_t model_populate(const struct model *m, struct model_container *container,
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
					       model_emulated_pages(m, container, mapping);
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

/* Takes @count mappings away from @from on; returns their bytes. */
static uint64_t take(struct model *m, struct model_container *container, size_t from, size_t count)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = from; i < from + count; i++) {
		bytes += container->mappings[i].size;
		model_emulated_recall(m, container, &container->mappings[i]);
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

int64_t model_unmap(struct model *m, struct model_container *container, const uint64_t *arg,
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

int64_t model_dirty(struct model_container *container, uint32_t flags, uint32_t argsz)
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

int64_t model_dirty_get(const struct model *m, const struct model_container *container,
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
