/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes that memory and IOMMU leaves come in: they differ between kernels and IOMMUs.
 */
#ifndef VFIOTOP_PAGE_SIZES_H
#define VFIOTOP_PAGE_SIZES_H

#include <stddef.h>
#include <stdint.h>

#include "vfio_records.h"

/**
 * struct page_sizes - of a kernel
 * @page: bytes of a page
 * @superpage: bytes of a huge page as memory usually has them; leaves of at least as many are
 *	superpages
 */
struct page_sizes {
	uint64_t page;
	uint64_t superpage;
};

/* Of recordings that do not tell: these were made where sizes had these values. */
#define PAGE_SIZES_USUAL ((struct page_sizes){ 4096, 2 << 20 })

/**
 * page_sizes_leaf - where leaves of a size are among those of all sizes
 * @bytes: their size, a power of two; 0 for one that has no number
 *
 * Return: 0 for the smallest; VFIO_LEAF_SIZES for sizes that share the place of the largest.
 */
static inline size_t page_sizes_leaf(uint64_t bytes)
{
	const size_t shift = bytes ? (size_t)__builtin_ctzll(bytes) : 64;

	if (shift < VFIO_LEAF_SHIFT_MIN)
		return 0;
	return shift - VFIO_LEAF_SHIFT_MIN < VFIO_LEAF_SIZES ? shift - VFIO_LEAF_SHIFT_MIN
							     : VFIO_LEAF_SIZES;
}

/**
 * page_sizes_giant - bytes of the next larger leaves than superpages
 * @sizes: the sizes
 *
 * Return: as many superpages as a page has room for entries of 8 bytes.
 */
static inline uint64_t page_sizes_giant(const struct page_sizes *sizes)
{
	return sizes->superpage * (sizes->page / 8);
}

#endif /* VFIOTOP_PAGE_SIZES_H */
