// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's emulated device; see model_emulated.h. */

#include "model_emulated.h"

#include <errno.h>

#include "model_mappings.h"
#include "vfio_user.h"

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
		if (iova >= pin->iova && (iova - pin->iova) / SZ_4K < pin->pages)
			return true;
	return false;
}

static bool pinned(const struct model *m, const struct model_container *container, uint64_t iova)
{
	int group = emulated_group(m, container);

	return group >= 0 && pinned_by(&m->groups[group].device, MODEL_PINS, iova);
}

uint64_t model_emulated_pages(const struct model *m, const struct model_container *container,
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
			iova = pin->iova + i * SZ_4K;
			if (iova >= mapping->iova && iova - mapping->iova < mapping->size &&
			    !pinned_by(device, (size_t)(pin - device->pins), iova))
				pages++;
		}
	}
	return pages;
}

/* Gives back what touches these addresses; returns how many ranges. */
static int64_t unpin(struct model_device *device, uint64_t first, uint64_t last)
{
	struct model_pin *pin;
	int64_t ranges = 0;

	for (pin = device->pins; pin < device->pins + MODEL_PINS; pin++) {
		if (!pin->pages || pin->iova > last || pin->iova + pin->pages * SZ_4K - 1 < first)
			continue;
		pin->pages = 0;
		ranges++;
	}
	return ranges;
}

void model_emulated_recall(struct model *m, const struct model_container *container,
			   const struct model_mapping *mapping)
{
	int group = emulated_group(m, container);

	if (group >= 0)
		unpin(&m->groups[group].device, mapping->iova, mapping->iova + mapping->size - 1);
}

/* Has the container a page there already, for others? Device memory can't be had. */
static int64_t pin_page(const struct model *m, const struct model_container *container,
			const struct model_mapping *mapping, uint64_t iova)
{
	if (container->domains ? !mapping->bar : pinned(m, container, iova))
		return 0;
	if (container->domains || mapping->bar)
		return -EFAULT;
	return model_reaches(m, mapping, mapping->vaddr + (iova - mapping->iova), SZ_4K) ? 0
											 : -EFAULT;
}

/* The part of a request that lies in one mapping; returns its pages. */
static int64_t pin_part(const struct model *m, const struct model_container *container,
			uint64_t iova, uint64_t pages, uint32_t prot, uint64_t *locked)
{
	const struct model_mapping *mapping = model_mapping(container, iova);
	uint64_t left, i, missing = 0;
	int64_t ret = 0;

	if (!mapping)
		return -EINVAL;
	left = (mapping->iova + mapping->size - iova) / SZ_4K;
	pages = pages < left ? pages : left;
	if (prot & ~mapping->prot)
		return -EPERM;
	for (i = 0; i < pages; i++)
		missing += !container->domains && !pinned(m, container, iova + i * SZ_4K);
	if (!model_may_lock(m, mapping, missing ? missing + *locked : 0))
		return -ENOMEM;
	for (i = 0; !ret && i < pages; i++)
		ret = pin_page(m, container, mapping, iova + i * SZ_4K);
	*locked += missing;
	return ret ? ret : (int64_t)pages;
}

static int64_t pin(struct model *m, int group, const uint64_t *arg)
{
	const struct model_container *container = &m->containers[m->groups[group].container];
	uint64_t pages = arg[PIN_SIZE] / SZ_4K, done = 0, locked = 0;
	struct model_device *device = &m->groups[group].device;
	uint32_t prot = arg[PIN_PROT];
	struct model_pin *free = device->pins;
	int64_t part;

	while (free < device->pins + MODEL_PINS && free->pages)
		free++;
	if (free == device->pins + MODEL_PINS)
		return -ENOSPC;
	if (!pages || pages > 512 || arg[PIN_IOVA] % SZ_4K || !prot || prot & ~3U)
		return -EINVAL;
	if (arg[PIN_IOVA] + pages * SZ_4K - 1 < arg[PIN_IOVA])
		return -EINVAL;
	for (; done < pages; done += (uint64_t)part) {
		part = pin_part(m, container, arg[PIN_IOVA] + done * SZ_4K, pages - done, prot,
				&locked);
		if (part < 0)
			return part;
	}
	*free = (struct model_pin){ arg[PIN_IOVA], pages };
	return 0;
}

/* Page by page. */
static int64_t copy(const struct model *m, int group, uint64_t iova, uint64_t size, uint32_t prot)
{
	const struct model_container *container = &m->containers[m->groups[group].container];
	const struct model_mapping *mapping;
	uint64_t n;
	int64_t ret;

	if (!size || size > SZ_64K || iova + size - 1 < iova)
		return -EINVAL;
	for (; size; size -= n, iova += n) {
		n = SZ_4K - iova % SZ_4K;
		n = size < n ? size : n;
		mapping = model_mapping(container, iova);
		if (!mapping)
			return -EINVAL;
		if (!(mapping->prot & (prot & VFIO_DMA_MAP_FLAG_WRITE ?: VFIO_DMA_MAP_FLAG_READ)))
			return -EPERM;
		ret = pin_page(m, container, mapping, iova & -SZ_4K);
		if (ret)
			return ret;
	}
	return 0;
}

int64_t model_emulated_call(struct model *m, int group, const struct call *call)
{
	const uint64_t *arg = call->arg;

	switch (call->kind) {
	case CALL_PIN:
		return pin(m, group, arg);
	case CALL_UNPIN:
		return unpin(&m->groups[group].device, arg[PIN_IOVA],
			     arg[PIN_IOVA] + arg[PIN_SIZE] - 1);
	case CALL_COPY:
		return copy(m, group, arg[PIN_IOVA], arg[PIN_SIZE], arg[PIN_PROT]);
	case CALL_REGION_READ:
	case CALL_REGION_WRITE:
	case CALL_REGION_MAP:
		return -EINVAL;
	case CALL_RESET:
		return -EFAULT;
	default:
		return -ENOTTY;
	}
}
